"""Reads a trace by Perfetto's own messages and holds it against the event log: read.py TRACE LOG.

Every packet has only fields that these messages know, spans nest and end, and at each event of the log its track, its
time and the level of its processor are those of the log.
"""

import re
import sys

from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as perfetto

LINE = re.compile(r" *(\d+) cpu(\d+) irql +(\d+) (.*)")


def known(message, where):
    """Nothing in the message is of a field that Perfetto does not know, or of another type."""
    again = type(message)()
    again.CopyFrom(message)
    again.DiscardUnknownFields()
    if again.SerializeToString() != message.SerializeToString():
        sys.exit(f"{where}: a field that Perfetto does not know")


def main(trace_file, log_file):
    with open(trace_file, "rb") as file:
        trace = perfetto.Trace.FromString(file.read())
    known(trace, trace_file)
    with open(log_file, encoding="utf-8") as file:
        lines = file.read().splitlines()
    # The last line is the account of all events. A note may have several lines.
    log = [match.groups() for match in map(LINE.fullmatch, lines) if match]
    tracks, open_spans, levels = {}, {}, {}
    now, seen, spans = 0, 0, 0
    for packet in trace.packet:
        if packet.HasField("track_descriptor"):
            tracks[packet.track_descriptor.uuid] = packet.track_descriptor.name
        if not packet.HasField("track_event"):
            continue
        event = packet.track_event
        if packet.timestamp < now:
            sys.exit(f"{packet.timestamp} comes behind {now}")
        now = packet.timestamp
        name = tracks.get(event.track_uuid)
        if name is None:
            sys.exit(f"an event of a track that was not described: {event}")
        if event.type == perfetto.TrackEvent.TYPE_SLICE_BEGIN:
            open_spans.setdefault(name, []).append(event.name)
            spans += 1
        elif event.type == perfetto.TrackEvent.TYPE_SLICE_END:
            if not open_spans.get(name):
                sys.exit(f"{name}: an end without a beginning at {now}")
            open_spans[name].pop()
        elif event.type == perfetto.TrackEvent.TYPE_COUNTER:
            levels[name] = event.counter_value
        elif event.type == perfetto.TrackEvent.TYPE_INSTANT:
            if list(event.categories) != ["event"]:
                continue
            if seen == len(log):
                sys.exit("more events than the log has")
            cycles, cpu, irql, text = log[seen]
            seen += 1
            said = (now // 1000, name, levels.get(f"CPU {cpu} IRQL"), event.name.split("\n")[0])
            if said != (int(cycles), f"CPU {cpu}", int(irql), text):
                sys.exit(f"{said} instead of {log[seen - 1]}")
        else:
            sys.exit(f"an event of the kind {event.type}")
    if seen != len(log):
        sys.exit(f"{seen} of {len(log)} events")
    left = {name: names for name, names in open_spans.items() if names}
    if left:
        sys.exit(f"never end: {left}")
    if spans == 0:
        sys.exit("no span")


main(*sys.argv[1:])
