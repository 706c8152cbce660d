"""A source that gives no answer, or an empty one, takes nothing out of the dataset; `refresh` does."""


def test_a_listing_that_fails_leaves_what_is_here(live):
    live.server.add(1)
    live.server.add(2)
    live.made()
    before = {row["id"] for row in live.published()}
    live.server.fault("prefix=PMC2.", times=50, status=503)

    live.run()

    assert {row["id"] for row in live.published()} == before
