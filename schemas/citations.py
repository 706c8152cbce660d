"""Citations: the words in which a source asks to be cited."""

NLM = (
    "NIH NLM NCBI PubMed Central (PMC) Article Datasets - Full-Text Biomedical and Life Sciences Journal"
    " Articles on AWS was accessed on {date} from https://registry.opendata.aws/ncbi-pmc."
)
"""The README of the PMC Cloud Service's bucket; `{date}` is the day of access."""
