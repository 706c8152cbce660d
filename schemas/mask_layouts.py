"""Mask layouts: how a set of images with masks lies in its folder; said by a manifest, or known of a preset."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PositiveFloat

from schemas.manifest_parts import LOCAL, Facts, Index, Part, Regex, Text, Texts, Withhold, many, shaped

_local = Withhold(lambda _: LOCAL)

if TYPE_CHECKING:
    Slices = str
    Axes = str
else:
    Slices = shaped(r"all|middle|every [1-9][0-9]*", "all, middle or a rule such as every 10")
    Axes = shaped(r"(?=.*Y)(?=.*X)(?!.*(.).*\1)[NZTCYX]{2,5}", "letters of N, Z, T, C, Y and X, such as ZYX or NYXC")


def _one_or_many(value: Any) -> Any:  # noqa: ANN401  (what a file holds)
    return (value,) if isinstance(value, str | int) and not isinstance(value, bool) else value


class MaskLayout(Part):
    """Which files are images, which are masks, and how the masks are read."""

    format: Literal["labels", "binary", "coco", "arrays"] | None = None
    """labels: instance label maps; binary: one mask an object; coco: COCO files; arrays: HDF5, Zarr, NPZ, stacks."""
    images: Annotated[Text | None, _local] = None
    """A pattern under path, such as images/*.png."""
    masks: Annotated[Text | None, _local] = None
    """A pattern under path, such as masks/*.png; with arrays it may be left out: the images' file has the masks."""
    ignore: Annotated[Text | None, _local] = None
    """A pattern of files that are neither."""
    object_class: Text | None = None
    """What every object is: nucleus."""
    background: Annotated[tuple[int, ...], BeforeValidator(_one_or_many), many] | None = None
    """Numbers of a label map that are no object; left out: 0, and -1 where that can mean nothing else."""
    components: bool = False
    """Whether the objects are the connected components of what is no background."""
    empty: Literal["keep", "drop"] | None = None
    """What becomes of an image without an object; left out: it is kept."""
    image_key: Annotated[Texts | None, BeforeValidator(_one_or_many)] = None
    """Which array of a file is the image; several are its channels."""
    mask_key: Text | None = None
    """Which array of a file is the mask."""
    mask_channel: Index | None = None
    """Which channel of the mask, counted from 0."""
    axes: Axes | None = None
    """The axes of the image's array; left out: as the mask's shape tells."""
    slices: Slices | None = None
    """Which sections of a volume are taken; left out: all."""
    channel_names: Texts = ()
    """What the channels of the image show, in their order."""
    microns_per_pixel: PositiveFloat | None = None
    metadata: Facts = Field(default={})
    """Facts that hold for every image: modality, stain."""
    group: Regex | None = None
    """A pattern over the path; what its group `group` finds is never parted by a split."""
    official_split: Regex | None = None
    """A pattern over the path; what its group `split` finds is the set's own word for the split."""
    path_facts: Regex | None = None
    """A pattern over the path; each of its named groups is a fact, `label` a label of the image."""
