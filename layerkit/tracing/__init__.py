"""Tracing: one pass forward and one backward, with every number kept to look at."""

from layerkit.tracing.findings import Finding, Findings
from layerkit.tracing.record import Quantity, Record, Step
from layerkit.tracing.tracer import Trace, trace

__all__ = ["Finding", "Findings", "Quantity", "Record", "Step", "Trace", "trace"]
