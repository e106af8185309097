"""The steps and gates of an episode: films made and reviewed segment by segment."""
