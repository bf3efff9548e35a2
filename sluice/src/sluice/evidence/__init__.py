"""What a run left behind to be judged: reports of other tools in, measures and findings out. It must not judge."""
