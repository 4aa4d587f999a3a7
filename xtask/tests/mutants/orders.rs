//! The mutants whose defect is an order that is not kept, by the window in which it matters: some schedule of a scenario,
//! with few preemptions, breaks a rule or a sum, and no schedule of the driver itself does.

use crate::table::Catch;

/// A mutant that exploring catches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Explored {
    /// What meets in it, as docs/exploring.md lists them.
    pub(crate) window: &'static str,
    /// `xtask/mutants/NAME.diff` is what is wrong.
    pub(crate) name: &'static str,
    /// What that is, in a clause; the table of the suites says it where they catch the mutant, too.
    pub(crate) defect: Option<&'static str>,
    /// The scenario whose schedules catch it.
    pub(crate) scenario: &'static str,
    /// What interrupt the device has.
    pub(crate) interrupt: &'static str,
    /// How many preemptions that takes.
    pub(crate) preemptions: u32,
    pub(crate) caught_by: Catch,
}

/// One that the suites catch as well.
const fn both(
    window: &'static str,
    name: &'static str,
    scenario: &'static str,
    caught_by: Catch,
) -> Explored {
    Explored {
        window,
        name,
        defect: None,
        scenario,
        interrupt: "line",
        preemptions: 1,
        caught_by,
    }
}

/// One that exploring alone is asked to catch.
const fn alone(
    window: &'static str,
    name: &'static str,
    defect: &'static str,
    scenario: &'static str,
    caught_by: Catch,
) -> Explored {
    Explored {
        defect: Some(defect),
        ..both(window, name, scenario, caught_by)
    }
}

/// By message.
const fn by_message(explored: Explored) -> Explored {
    Explored {
        interrupt: "message",
        ..explored
    }
}

/// With two preemptions.
const fn twice(explored: Explored) -> Explored {
    Explored {
        preemptions: 2,
        ..explored
    }
}

/// Those of the driver, and of the crates below it.
pub(crate) const EXPLORED: &[Explored] = &[
    both(
        "request against interrupt",
        "lost_wake_up",
        "wait+interrupt",
        Catch::Invariant("a request waits past interrupt 0"),
    ),
    alone(
        "request against interrupt",
        "raised_past_itself",
        "a raise names the newest interrupt after it has raised",
        "raise+interrupt",
        Catch::Invariant("a request has raised causes past interrupt"),
    ),
    alone(
        "two requests",
        "added_in_two",
        "an addition reads the counter in one closure and writes it in another",
        "pair/synchronize+synchronize+interrupt",
        Catch::Invariant("counter"),
    ),
    alone(
        "two requests",
        "counted_apart",
        "a counter of closures is read and written, and not added to",
        "pair/synchronize+synchronize+interrupt",
        Catch::Invariant("synchronized closures"),
    ),
    alone(
        "two requests",
        "counted_unlocked",
        "a counter of closures is added to by one instruction, which does not lock",
        "pair/synchronize+synchronize+interrupt",
        Catch::Invariant("synchronized closures"),
    ),
    alone(
        "connect",
        "late_again",
        "the shared state is complete only after the interrupt is connected again",
        "interrupt+restart",
        Catch::Rule("bad-access"),
    ),
    alone(
        "connect",
        "reach_late",
        "the service routine serves the device from when the connect has returned",
        "interrupt+restart",
        Catch::Rule("storm"),
    ),
    both(
        "disconnect and reconnect",
        "reconnect_unsettled",
        "pair/wait+reconnect+interrupt",
        Catch::Invariant("a request waits past interrupt 0"),
    ),
    both(
        "disconnect and reconnect",
        "reconnect_unready",
        "reconnect+interrupt",
        Catch::Rule("storm"),
    ),
    both(
        "disconnect and reconnect",
        "disconnect_not_waited",
        "reconnect+interrupt",
        Catch::Rule("lock-misuse"),
    ),
    both(
        "stop",
        "parked_unready",
        "interrupt+stop",
        Catch::Rule("storm"),
    ),
    both(
        "stop",
        "disconnect_not_waited",
        "interrupt+stop",
        Catch::Rule("lock-misuse"),
    ),
    both(
        "surprise removal",
        "unmapped_first",
        "interrupt+surprise",
        Catch::Rule("bad-access"),
    ),
    both(
        "surprise removal",
        "no_all_ones_check",
        "unplug+interrupt+synchronize",
        Catch::Rule("storm"),
    ),
    both(
        "unload",
        "disconnect_not_waited",
        "interrupt+remove",
        Catch::Rule("lock-misuse"),
    ),
    twice(both(
        "unload",
        "reach_not_waited",
        "neighbour+remove",
        Catch::Rule("bad-mmio"),
    )),
    alone(
        "unload",
        "thread_unjoined",
        "the thread of a stress run is not waited for when the device is released",
        "stress-quiet+close+remove",
        Catch::Rule("object-leak"),
    ),
    both(
        "D0Exit",
        "unsettled",
        "wait+interrupt+down",
        Catch::Invariant("a request waits past interrupt 0"),
    ),
    both(
        "D0Exit",
        "parked_unready",
        "wait+interrupt+down",
        Catch::Rule("storm"),
    ),
    both(
        "D0Entry",
        "woken_unready",
        "interrupt+up",
        Catch::Rule("storm"),
    ),
    alone(
        "D0Entry",
        "live_early",
        "an interrupt is where closures find it before it is active",
        "interrupt+down+up",
        Catch::Rule("bad-argument"),
    ),
    alone(
        "cancel",
        "scan_ended",
        "a wait that is cancelled under the scan of waits ends the scan",
        "wait+wait+cancel+interrupt",
        Catch::Invariant("a request waits past interrupt 0"),
    ),
    alone(
        "cancel",
        "answered_unretrieved",
        "a wait is answered although it was cancelled before it was retrieved",
        "wait+cancel+interrupt",
        Catch::Rule("request-misuse"),
    ),
    both(
        "close",
        "closed_unlocked",
        "wait+close",
        Catch::Rule("hang"),
    ),
    both("close", "closed_unseen", "wait+close", Catch::Rule("hang")),
    both(
        "soft inactive",
        "activated_unready",
        "active+interrupt",
        Catch::Rule("storm"),
    ),
    alone(
        "soft inactive",
        "parked_stale",
        "the records of an inactive interrupt are copied before the device is silent",
        "inactive+interrupt",
        Catch::Invariant("the newest interrupt, inactive and active again"),
    ),
    by_message(both(
        "two causes at once",
        "partial_acknowledge",
        "raise+interrupt",
        Catch::Invariant("was raised, and the driver has seen none"),
    )),
    by_message(both(
        "two causes at once",
        "acknowledge_all",
        "interrupt+interrupt",
        Catch::Invariant("was raised, and the driver has seen none"),
    )),
    both(
        "error handler against the plug-in's requests",
        "claim-ignored",
        "pshed-synchronize-adopted+error",
        Catch::Rule("race"),
    ),
    alone(
        "error handler against the plug-in's requests",
        "refused_uncounted",
        "an error that finds the state claimed is counted nowhere",
        "pshed-synchronize-adopted+error",
        Catch::Invariant("errors that were counted"),
    ),
    both(
        "revoke",
        "revoke_skipped",
        "pair/synchronize+reconnect+interrupt",
        Catch::Rule("bad-argument"),
    ),
    alone(
        "revoke",
        "published_early",
        "a value is published before it is written",
        "query+reconnect+interrupt",
        Catch::Rule("race"),
    ),
];

/// Those of the miniport.
pub(crate) const OF_THE_MINIPORT: &[Explored] = &[
    both(
        "closures of the miniport against the interrupt",
        "video_low_priority",
        "video-medium+interrupt",
        Catch::Invariant("closures that were turned away"),
    ),
    alone(
        "closures of the miniport against the interrupt",
        "video_transfer_apart",
        "a transfer is made in two closures",
        "video-medium+interrupt",
        Catch::Invariant("what the service routine found broken"),
    ),
];

#[test]
fn each_window_has_two_of_them() {
    let all = || EXPLORED.iter().chain(OF_THE_MINIPORT);
    for explored in all() {
        let of_it = all().filter(|it| it.window == explored.window).count();
        assert!(of_it >= 2, "{}: {of_it}", explored.window);
        assert!(explored.preemptions <= 2, "{}", explored.name);
    }
}
