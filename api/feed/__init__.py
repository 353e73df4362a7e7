"""`/api/v1/feed`: the raw chain for bundles, watchdogs and followers, who believe nothing and check everything."""
