"""Makes, measures and joins clips. It knows scenes, clips and files; not jobs, folders of the line or sidecars."""
