"""The assignment that is surveyed here holds tests of its own, which are none of ours."""

collect_ignore_glob = ["weak/*"]
