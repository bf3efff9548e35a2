"""What ``docker/metadata-action`` makes of an event: tags, labels and annotations of an image. Pure."""
