"""What the bot answers to: each module registers its commands and buttons."""
