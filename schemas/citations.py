"""Citations: the words in which a source asks to be cited."""

NLM = (
    "NIH NLM NCBI PubMed Central (PMC) Article Datasets - Full-Text Biomedical and Life Sciences Journal"
    " Articles on AWS was accessed on {date} from https://registry.opendata.aws/ncbi-pmc."
)
"""The README of the PMC Cloud Service's bucket; `{date}` is the day of access."""

IDR = "Image Data Resource (Williams et al. 2017, https://doi.org/10.1038/nmeth.4326)"
"""IDR asks those who use its data to cite its paper besides the study's own."""
