"""Tracing: one pass forward and one backward, with every number that they compute kept to look at."""

from layerkit.tracing.findings import Finding, Findings
from layerkit.tracing.tracer import trace
from layerkit.tracing.record import Quantity, Step
from layerkit.tracing.trace import Trace

__all__ = ["Finding", "Findings", "Quantity", "Step", "Trace", "trace"]
