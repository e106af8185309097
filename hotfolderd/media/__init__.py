"""What knows files, not jobs: After Effects projects, Photoshop files, fonts, pictures, video, sound, programs."""
