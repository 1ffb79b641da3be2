"""What authors of engine plugins share: signals, parameters, rendering. Nobody else needs it."""
