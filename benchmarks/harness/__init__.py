"""Shared by the comparisons: cases, peers in processes of their own, interleaved rounds, reports."""
