"""What the comparisons share: cases, peers in processes of their own, interleaved rounds, reports."""
