"""What people type and what they are shown: words read into values, and values printed."""
