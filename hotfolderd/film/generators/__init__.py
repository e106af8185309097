"""What makes a clip of a scene: one module for each kind, all behind the protocol `Generator` of `order`."""
