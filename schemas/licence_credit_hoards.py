"""Licence credit hoards: the names of collections that pictures are taken from, on terms that are not the article's."""

import re
from typing import Final

STOCK_WORDS: Final = (
    "biorender|bio render|bio-render|wikimedia commons|shutterstock|getty images|istock|adobe stock|alamy|freepik"
    "|flaticon|phylopic|science photo library|servier medical art|smart.servier|dreamstime|mind the graph|noun project"
    "|bioicons|unsplash|pixabay|pexels|vecteezy|openclipart|depositphotos|pngtree|svg repo|icons8|radiopaedia"
    "|rightslink|copyright clearance cent"
)
STOCK: Final = f"(?i:{STOCK_WORDS.replace('.', '[.]').replace('istock', 'istock(?:photo)?')})"
"""Those from which nothing but pictures is taken, and those who sell the right to."""
EARTH_WORDS: Final = (
    "google|openstreetmap| bing|(bing|apple maps|esri|maxar|natural earth|stamen design|swisstopo|mapbox|d-maps"
    "|worldview"
    "|blue marble|copernicus|landsat|sentinel-|ordnance survey|geological survey|nasa |nasa'|nasa)|nasa,|nasa."
    "|nasa/|noaa|usgs"
)
EARTH: Final = (
    r"(?>(?i:google(?: ?(?:earth|maps?|street ?view))?(?: pro)?(?:tm)?|openstreetmap|bing(?: maps?)?|apple maps"
    r"|esri|maxar|natural earth|stamen design|swisstopo|mapbox|d-maps(?:\.com)?|worldview|blue marble|copernicus"
    r"|(?:us |u\.s\. )?geological survey|ordnance survey)|Landsat|Sentinel-|NASA|NOAA|USGS)(?<=[\w\-])(?![^\W\d])"
)
"""Who pictures the earth, and draws it."""
DATABASES: Final = (
    r"(?:(?i:(?:fly|worm|xen|fish|algae|morpho|pom|echino|vector)base|[a-z]{2,9}atlas|wikipathways|morphobank"
    r"|inaturalist|wormimage|zfin"
    r"|mgi|genepaint|eurexpress|gensat|brainmaps|emage|bdgp|empiar"
    r"|kegg|reactome|pdb-101|image data resource|bioimage archive|(?:[a-z]+ ){0,3}image (?:library|archive|bank)"
    r"|clker\w*|smashicons))\b"
)
"""Collections of pictures among other things: of data or strains from them the same words say nothing of a picture."""
SITES: Final = (
    r"(?:(?i:biorender|wikimedia|wikipedia|wikicommons|istock\w*|getty images|flickr|scidraw|google ?(?:earth"
    r"|maps?|street"
    rf" ?view)(?:tm)?|openstreetmap)|{STOCK})"
)
"""Collections of nothing but pictures."""
HOARDS: Final = f"(?:{SITES}|{DATABASES})"
"""Collections of pictures whose terms are not the article's."""
HOARD_WORDS: Final = (
    "wiki|google|flickr|openstreetmap|scidraw|flybase|wormbase|xenbase|fishbase|algaebase|morphobase|pombase"
    "|echinobase|vectorbase|atlas"
    "|pathways|morphobank|inaturalist|wormimage|zfin|mgi|genepaint|eurexpress|gensat"
    "|brainmaps|emage|bdgp|empiar|kegg|reactome|pdb-101|image data resource|bioimage|image library|image archive"
    "|image bank|clker|smashicons|"
    f"{STOCK_WORDS}"
)
_PATHWAY = r"(?i:kegg|reactome|wikipathways)"
PATHWAY_MAP: Final = re.compile(rf"{_PATHWAY} (?:pathway )?(?:maps?|diagrams?)\b")
"""A map of theirs, by its name; their pathways alone are data."""
