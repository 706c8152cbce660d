"""Asked sets: questions as the gates read them, fair ones by lot, and which gates fire."""

import random

from publishing.asked import Asked
from publishing.guessing import tallied
from publishing.question_gates import findings
from schemas.questions import NONE

WORDS = ("DAPI", "phalloidin", "MitoTracker", "propidium iodide", "DRAQ5", "acridine orange", "calcein", "Nile red")


def asked(at, options, right, **more):
    said = {"held_back": None, "task": "stain", "question": "Which?", "image_sha256": f"{at}", **more}
    return Asked(
        id=f"{at:032x}", panel_id=f"{at}", options=tuple(options), answer_index=right, answer=options[right], **said
    )


def fair(count, seed, none_rate=0.15):
    """Return questions with nothing to guess by: each place right by lot, NONE as often as any other."""
    lot = random.Random(seed)
    for at in range(count):
        options = lot.sample(WORDS, lot.choice([4, 5]))
        right = lot.randrange(len(options))
        held = None
        if lot.random() < none_rate * len(options):
            right = lot.randrange(len(options))
            held = options[-1] if right == len(options) - 1 else None
            options[-1] = NONE
        yield asked(at, options, right, held_back=held, task=lot.choice(["stain", "tissue"]))


def fired(each, none_rate=0.15):
    """Return the gates that fire."""
    return {found.gate for found in findings(tallied(each), none_rate) if found.fires}
