"""What ``hooks.on`` is called for: content, media and delivery tell it here, whichever door an act came through."""
