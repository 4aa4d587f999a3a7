//! The mutants of the driver: what is wrong with each, which tests drive it, on how many seeds, and what catches it.

/// By what a mutant is caught.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Catch {
    /// A rule of the simulator.
    Rule(&'static str),
    /// A promise of the contract: a part of what the harness says of it.
    Invariant(&'static str),
    /// A rule of the inspection of images: nothing drives the mutant.
    Inspection(&'static str),
}

/// A mutant.
#[derive(Debug)]
pub(crate) struct Entry {
    /// `xtask/mutants/NAME.diff` is what is wrong.
    pub(crate) name: &'static str,
    /// What that is, in a clause.
    pub(crate) defect: &'static str,
    /// Filters of the harness: parts of tests' ids.
    pub(crate) tests: &'static [&'static str],
    /// It is caught on one of the seeds from 1 to this.
    pub(crate) seeds: u64,
    pub(crate) caught_by: Catch,
}

/// A mutant that exploring catches, too.
#[derive(Debug)]
pub(crate) struct Explored {
    pub(crate) name: &'static str,
    /// The scenario whose schedules, with one preemption at most, catch it.
    pub(crate) scenario: &'static str,
    pub(crate) caught_by: Catch,
}

/// The mutants whose defect is an order that is not kept.
pub(crate) const EXPLORED: &[Explored] = &[
    Explored {
        name: "lost_wake_up",
        scenario: "wait+interrupt",
        caught_by: Catch::Invariant("a request waits past interrupt 0"),
    },
    Explored {
        name: "unsettled",
        scenario: "wait+interrupt+down",
        caught_by: Catch::Invariant("a request waits past interrupt 0"),
    },
    Explored {
        name: "parked_unready",
        scenario: "wait+interrupt+down",
        caught_by: Catch::Rule("storm"),
    },
    Explored {
        name: "woken_unready",
        scenario: "interrupt+down",
        caught_by: Catch::Rule("storm"),
    },
    Explored {
        name: "reconnect_unready",
        scenario: "reconnect+interrupt",
        caught_by: Catch::Rule("storm"),
    },
    Explored {
        name: "activated_unready",
        scenario: "active+interrupt",
        caught_by: Catch::Rule("storm"),
    },
    Explored {
        name: "settled_before_park",
        scenario: "wait+interrupt+down",
        caught_by: Catch::Invariant("a request waits past interrupt 0"),
    },
    Explored {
        name: "reconnect_unsettled",
        scenario: "pair/wait+reconnect+interrupt",
        caught_by: Catch::Invariant("a request waits past interrupt 0"),
    },
    Explored {
        name: "region_kept",
        scenario: "synchronize+down",
        caught_by: Catch::Rule("bad-argument"),
    },
    Explored {
        name: "closed_unlocked",
        scenario: "wait+close",
        caught_by: Catch::Rule("hang"),
    },
    Explored {
        name: "closed_unseen",
        scenario: "wait+close",
        caught_by: Catch::Rule("hang"),
    },
];

/// Every mutant of the driver. Those of the crates below it come last.
pub(crate) const TABLE: &[Entry] = &[
    Entry {
        name: "no_lock",
        defect: "a locked stress run makes its transfers without the lock",
        tests: &["stress::lock_keeps_the_invariant@"],
        seeds: 2,
        caught_by: Catch::Invariant("violations in"),
    },
    Entry {
        name: "half_lock",
        defect: "the lock is given up between the two halves of a transfer",
        tests: &["stress::lock_keeps_the_invariant@"],
        seeds: 2,
        caught_by: Catch::Invariant("violations in"),
    },
    Entry {
        name: "late_state",
        defect: "the shared state is complete only after the interrupt is connected",
        tests: &["query::two_queries_agree@"],
        seeds: 1,
        caught_by: Catch::Rule("bad-access"),
    },
    Entry {
        name: "partial_acknowledge",
        defect: "one cause of several is acknowledged, and nobody looks again",
        tests: &["causes::cause_that_joins_pending_ones_is_served@msi"],
        seeds: 1,
        caught_by: Catch::Invariant("the cause that joined it"),
    },
    Entry {
        name: "single_pass",
        defect: "the causes are read once, and what joins them stays",
        tests: &["causes::cause_that_joins_pending_ones_is_served@msi"],
        seeds: 1,
        caught_by: Catch::Invariant("the cause that joined it"),
    },
    Entry {
        name: "acknowledge_all",
        defect: "every cause is acknowledged, whichever was read",
        tests: &["causes::cause_that_joins_is_not_acknowledged_unseen@"],
        seeds: 1,
        caught_by: Catch::Invariant("causes that the driver acknowledged, one by one"),
    },
    Entry {
        name: "unbounded_drain",
        defect: "the service routine goes on as long as the device raises causes",
        tests: &["causes::causes_without_end_are_served_in_turns@"],
        seeds: 1,
        caught_by: Catch::Invariant("service routines that left causes to the next turn"),
    },
    Entry {
        name: "closed_unseen",
        defect: "a wait goes to its queue although its handle is closed",
        tests: &["pnp::a_closed_handle_ends_what_the_driver_owns_of_it@"],
        seeds: 1,
        caught_by: Catch::Rule("hang"),
    },
    Entry {
        name: "closed_unlocked",
        defect: "a wait looks whether its handle is closed before it takes the lock under which handles are closed",
        tests: &["pnp::a_closed_handle_ends_what_the_driver_owns_of_it@"],
        seeds: 24,
        caught_by: Catch::Rule("hang"),
    },
    Entry {
        name: "lost_wake_up",
        defect: "a wait does not look again after it is where the DPC finds it",
        tests: &["wait::no_wake_up_is_lost@"],
        seeds: 2,
        caught_by: Catch::Rule("hang"),
    },
    Entry {
        name: "completed_twice",
        defect: "a request is completed twice",
        tests: &["query::two_queries_agree@"],
        seeds: 1,
        caught_by: Catch::Rule("request-misuse"),
    },
    Entry {
        name: "lost_cancel",
        defect: "a stress run does not see that its request is cancelled",
        tests: &["faults::starved_thread_lets_its_run_be_cancelled@"],
        seeds: 1,
        caught_by: Catch::Invariant("stress: expected STATUS_CANCELLED, it succeeded"),
    },
    Entry {
        name: "mmio_unpowered",
        defect: "the service routine is called, and reads registers, while the device is without power",
        tests: &["power::other_devices_on_the_line_interrupt_meanwhile@intx"],
        seeds: 1,
        caught_by: Catch::Rule("bad-mmio"),
    },
    Entry {
        name: "reach_not_waited",
        defect: "the device leaves D0 while a service routine is at its registers",
        tests: &["causes::service_routine_at_the_device_keeps_it_in_d0@"],
        seeds: 24,
        caught_by: Catch::Rule("bad-mmio"),
    },
    // What the device raises by itself while its line is live and nothing listens: nobody else can make the line fall.
    Entry {
        name: "activated_unready",
        defect: "an inactive interrupt is active again before the service routine serves its device",
        tests: &["causes::cause_while_inactive_is_forgotten@intx/blocked"],
        seeds: 1,
        caught_by: Catch::Rule("storm"),
    },
    Entry {
        name: "woken_unready",
        defect: "the interrupt of a device that wakes is active before the service routine serves its device",
        tests: &["causes::cause_while_asleep_is_forgotten@intx/blocked"],
        seeds: 1,
        caught_by: Catch::Rule("storm"),
    },
    Entry {
        name: "reconnect_unready",
        defect: "the interrupt is connected again before the service routine serves its device",
        tests: &["causes::cause_at_any_moment_of_a_reconnect@intx/blocked"],
        seeds: 1,
        caught_by: Catch::Rule("storm"),
    },
    Entry {
        name: "silenced_unserved",
        defect: "the device is silenced before its interrupt is connected again, and served once the driver is ready",
        tests: &["causes::cause_at_any_moment_of_a_reconnect@intx/blocked"],
        seeds: 1,
        caught_by: Catch::Rule("storm"),
    },
    Entry {
        name: "parked_unready",
        defect: "the service routine keeps away from its device before the interrupt is inactive",
        tests: &[
            "causes::cause_at_any_moment_of_a_soft_change@intx/blocked",
            "causes::cause_at_any_moment_of_a_change_of_power@intx/blocked",
            "causes::cause_at_any_moment_of_a_restart@intx/blocked",
        ],
        seeds: 2,
        caught_by: Catch::Rule("storm"),
    },
    // The device where its interrupt is given up. The way back silences it again, so that nothing comes of it in the driver.
    Entry {
        name: "quiesce_loud",
        defect: "the device is not silenced where its interrupt is made inactive",
        tests: &["causes::computation_that_would_raise_is_told_not_to@"],
        seeds: 1,
        caught_by: Catch::Rule("unsilenced"),
    },
    Entry {
        name: "reconnect_loud",
        defect: "the device is not silenced where its interrupt is disconnected by a reconnect",
        tests: &["causes::computation_that_would_raise_is_told_not_to@"],
        seeds: 1,
        caught_by: Catch::Rule("unsilenced"),
    },
    Entry {
        name: "silence_unread",
        defect: "what silences the device may not have reached it, since nothing is read from it",
        tests: &["causes::computation_that_would_raise_is_told_not_to@"],
        seeds: 1,
        caught_by: Catch::Rule("unsilenced"),
    },
    Entry {
        name: "source_left_on",
        defect: "a source of the device that may raise is left on",
        tests: &["causes::computation_that_would_raise_is_told_not_to@"],
        seeds: 1,
        caught_by: Catch::Rule("unsilenced"),
    },
    Entry {
        name: "raise_unread",
        defect: "a raise may not have reached the device when its request is answered",
        tests: &["causes::raise_that_is_answered_has_reached_the_device@"],
        seeds: 1,
        caught_by: Catch::Invariant("cause 1: expected"),
    },
    Entry {
        name: "lost_loud",
        defect: "the device of an interrupt that is given up after a closure did not run is not silenced",
        tests: &["causes::device_of_a_lost_interrupt_is_silent@"],
        seeds: 1,
        caught_by: Catch::Invariant("leaves D0, and its device is not silent"),
    },
    Entry {
        name: "no_all_ones_check",
        defect: "what a removed device reads is taken for causes",
        tests: &["pnp::another_device_interrupts_after_this_one_is_gone@intx/random"],
        seeds: 1,
        caught_by: Catch::Invariant("interrupts that a removed device claims"),
    },
    Entry {
        name: "unmapped_first",
        defect: "the registers are unmapped before the device is silent and its interrupt disconnected",
        tests: &["query::two_queries_agree@"],
        seeds: 1,
        caught_by: Catch::Rule("bad-access"),
    },
    Entry {
        name: "waits_not_purged",
        defect: "requests go on waiting for an interrupt while the device is stopped",
        tests: &["pnp::waits_end_where_the_device_is_stopped@"],
        seeds: 1,
        caught_by: Catch::Rule("hang"),
    },
    Entry {
        name: "unsettled",
        defect: "nobody looks for waits whose interrupt came on the way out of D0",
        tests: &["power::a_wait_whose_dpc_is_late_ends_before_sleep@"],
        seeds: 1,
        caught_by: Catch::Rule("hang"),
    },
    Entry {
        name: "collected_unclaimed",
        defect: "causes that the DPC acknowledges are no interrupt to those who wait for one",
        tests: &["causes::causes_without_end_are_served_in_turns@"],
        seeds: 1,
        caught_by: Catch::Invariant("interrupts claimed, one for each turn at least"),
    },
    Entry {
        name: "pageable_routine",
        defect: "the DPC lies in a section that NT may page out",
        tests: &["wait::pending_until_next_interrupt@"],
        seeds: 1,
        caught_by: Catch::Rule("pageable"),
    },
    Entry {
        name: "thread_outlives",
        defect: "a stress request is completed while its threads run",
        tests: &["stress::lock_keeps_the_invariant@"],
        seeds: 1,
        caught_by: Catch::Invariant("transfers: expected"),
    },
    Entry {
        name: "wrong_irql",
        defect: "the DPC sleeps",
        tests: &["wait::pending_until_next_interrupt@"],
        seeds: 1,
        caught_by: Catch::Rule("irql"),
    },
    Entry {
        name: "pool_leak",
        defect: "every query allocates and none frees",
        tests: &["query::two_queries_agree@"],
        seeds: 1,
        caught_by: Catch::Rule("pool-leak"),
    },
    Entry {
        name: "growing_list",
        defect: "a list of threads is made to grow, which stops the machine where memory is short",
        tests: &[],
        seeds: 0,
        caught_by: Catch::Inspection("panic"),
    },
    Entry {
        name: "output_not_written",
        defect: "a request is completed as if its output were written",
        tests: &["query::two_queries_agree@"],
        seeds: 1,
        caught_by: Catch::Rule("output-unwritten"),
    },
    Entry {
        name: "stack_in_reply",
        defect: "what the stack held goes out with a reply, in bytes that one operation alone fills",
        tests: &["synchronize::concurrent_adds_lose_none@"],
        seeds: 1,
        caught_by: Catch::Rule("uninitialized"),
    },
    Entry {
        name: "length_trusted",
        defect: "an input is read whose length nobody compared",
        tests: &["errors::inputs_of_another_length_are_refused@"],
        seeds: 1,
        // With the driver's line that completed the request.
        caught_by: Catch::Invariant("the driver says STATUS_SUCCESS (driver driver/request.rs:"),
    },
    Entry {
        name: "access_after_completion",
        defect: "the buffer of a request is written after its completion",
        tests: &["query::two_queries_agree@"],
        seeds: 1,
        caught_by: Catch::Rule("use-after-free"),
    },
    Entry {
        name: "pshed-foreign-served",
        defect: "the plug-in says that it serves sources that are not its own",
        tests: &["pshed::foreign_sources_stay_with_pshed@"],
        seeds: 1,
        caught_by: Catch::Invariant("a source that is not its own"),
    },
    Entry {
        name: "pshed-left-registered",
        defect: "the plug-in is still registered when the driver is unloaded",
        tests: &["pshed::registered_for_injection_only@"],
        seeds: 1,
        caught_by: Catch::Rule("object-leak"),
    },
    // Numbers that are cut where a narrower one would end: nothing shows before they are near it.
    Entry {
        name: "sequence_cut_to_four",
        defect: "the number of an interrupt has four bytes",
        tests: &["sequence::goes_on_past_four_bytes@"],
        seeds: 1,
        caught_by: Catch::Rule("hang"),
    },
    Entry {
        name: "sequence_cut_to_two",
        defect: "what a wait waits past has two bytes",
        tests: &["sequence::goes_on_past_two_bytes@"],
        seeds: 1,
        caught_by: Catch::Invariant("expected to pend"),
    },
    Entry {
        name: "sequence_cut_to_one",
        defect: "what a wait is answered has one byte",
        tests: &["sequence::goes_on_past_one_byte@"],
        seeds: 1,
        caught_by: Catch::Invariant("sequence: expected"),
    },
    Entry {
        name: "count_cut_to_four",
        defect: "a count has four bytes",
        tests: &["sequence::counts_go_on_past_four_bytes@"],
        seeds: 1,
        caught_by: Catch::Invariant("claimed: expected"),
    },
    Entry {
        name: "sequence_started_anew",
        defect: "the number that an inactive interrupt tells has four bytes",
        tests: &["sequence::outlives_what_ends_a_connection@"],
        seeds: 1,
        caught_by: Catch::Invariant("sequence while inactive"),
    },
    // Limits, and what a refusal may keep of what there is. The window of registers is no such limit: its length is compared
    // with that of the device, which is 256 times as long, and a shorter one is no device that this driver knows.
    Entry {
        name: "places_looked_at_first",
        defect: "whether there is a place for a wait is looked at before the wait is counted",
        tests: &["wait::more_waiters_than_allowed_are_refused@"],
        seeds: 8,
        caught_by: Catch::Invariant("where two places are left"),
    },
    Entry {
        name: "one_place_too_many",
        defect: "one wait more than may is let in",
        tests: &["wait::more_waiters_than_allowed_are_refused@"],
        seeds: 1,
        caught_by: Catch::Invariant("where two places are left"),
    },
    Entry {
        name: "place_kept_when_full",
        defect: "a wait for which there is no place keeps one",
        tests: &["wait::more_waiters_than_allowed_are_refused@"],
        seeds: 1,
        caught_by: Catch::Invariant("no place is left"),
    },
    Entry {
        name: "place_kept_when_closed",
        defect: "a wait whose handle is closed keeps a place",
        tests: &["refusals::waits_after_the_close_of_their_handle_hold_nothing@"],
        seeds: 1,
        caught_by: Catch::Invariant("no place is left"),
    },
    Entry {
        name: "ownership_kept",
        defect: "a run for which there is no thread goes on owning the connection",
        tests: &["refusals::runs_that_the_system_refuses_hold_nothing@"],
        seeds: 1,
        caught_by: Catch::Invariant("stress: expected STATUS_INSUFFICIENT_RESOURCES"),
    },
    Entry {
        name: "thread_waited_with_timeout",
        defect: "a thread is waited for as long as ten seconds",
        tests: &["faults::starved_thread_times_a_run_out@"],
        seeds: 1,
        caught_by: Catch::Invariant("threads of the driver that have not ended"),
    },
    Entry {
        name: "powered_up_unacknowledged",
        defect: "what the device says from before it is powered up is not acknowledged",
        tests: &["causes::cause_while_inactive_is_forgotten@msi"],
        seeds: 1,
        caught_by: Catch::Invariant("the next interrupt"),
    },
    // What waits for what has begun. That the DPC is waited out behind the disconnect and not before it cannot matter in this
    // driver: the interrupt is parked before, and a parked interrupt queues none.
    Entry {
        name: "processor_left_out",
        defect: "a disconnect waits for the service routines of all processors but one",
        tests: &["causes::service_routine_that_is_held_up_ends_before_a_disconnect@"],
        seeds: 8,
        caught_by: Catch::Rule("lock-misuse"),
    },
    Entry {
        name: "settled_before_park",
        defect: "the waits are looked through before the interrupt is parked on the way out of D0",
        tests: &["power::a_wait_whose_interrupt_comes_on_the_way_ends_before_sleep@"],
        seeds: 8,
        caught_by: Catch::Invariant("a wait past interrupt"),
    },
    Entry {
        name: "reconnect_unsettled",
        defect: "nobody looks for waits whose interrupt came while it was connected again",
        tests: &["reconnect::a_wait_whose_interrupt_comes_meanwhile_ends@"],
        seeds: 8,
        caught_by: Catch::Invariant("a wait past interrupt"),
    },
    Entry {
        name: "stale_object",
        defect: "closures go on with the interrupt object of the first connection",
        tests: &["reconnect::"],
        seeds: 1,
        caught_by: Catch::Rule("bad-argument"),
    },
    Entry {
        name: "freed_by_its_loser",
        defect: "who finds a claim taken frees it",
        tests: &["pshed::"],
        seeds: 1,
        caught_by: Catch::Rule("race"),
    },
    Entry {
        name: "region_kept",
        defect: "a thread that is turned away from a value that is revoked stays in its critical region",
        tests: &["soft_state::"],
        seeds: 8,
        caught_by: Catch::Rule("bad-argument"),
    },
    Entry {
        name: "revoke_skipped",
        defect: "a value is revoked while others use it",
        tests: &["reconnect::waits_for_closures_that_run@"],
        seeds: 2,
        caught_by: Catch::Rule("bad-argument"),
    },
    // The adapter runs on every processor when it disconnects, which waits out DPCs as well: this leaves that out, too.
    Entry {
        name: "dpc_not_waited",
        defect: "the hardware is released while the DPC may be queued or running",
        tests: &["pnp::a_dpc_that_is_late_has_run_when_the_device_is_stopped@"],
        seeds: 1,
        caught_by: Catch::Invariant("DPCs on their way after the hardware was released"),
    },
    Entry {
        name: "disconnect_not_waited",
        defect: "what a service routine uses is freed as soon as the disconnect has returned",
        tests: &["reconnect::waits_for_service_routines_that_run@intx/random"],
        seeds: 1,
        caught_by: Catch::Rule("race"),
    },
    Entry {
        name: "atomics_unmarked",
        defect: "the crate's own loads and stores of atomics are not marked in the image",
        tests: &["pshed::contention_is_told_where_no_lock_is_held@"],
        seeds: 2,
        caught_by: Catch::Rule("race"),
    },
    // The primitive itself: the tests of stress, of the lock and of atomicity each find it.
    Entry {
        name: "plain_call",
        defect: "KeSynchronizeExecution is a plain call",
        tests: &["stress::lock_keeps_the_invariant@"],
        seeds: 2,
        caught_by: Catch::Invariant("violations in"),
    },
    Entry {
        name: "plain_call",
        defect: "KeSynchronizeExecution is a plain call",
        tests: &["synchronize::inside_is_synchronize_irql_and_after_is_before@"],
        seeds: 1,
        caught_by: Catch::Invariant("IRQL inside"),
    },
    Entry {
        name: "plain_call",
        defect: "KeSynchronizeExecution is a plain call",
        tests: &["synchronize::concurrent_adds_lose_none@"],
        seeds: 2,
        caught_by: Catch::Invariant("counter: expected"),
    },
    Entry {
        name: "claim-ignored",
        defect: "the state of an error source is touched without the claim",
        tests: &["pshed::contention_is_told_where_no_lock_is_held@"],
        seeds: 1,
        caught_by: Catch::Rule("race"),
    },
    Entry {
        name: "pshed-descriptor-copied",
        defect: "PSHED is given a copy of the descriptor",
        tests: &["pshed::each_handler_has_its_own_level@"],
        seeds: 1,
        caught_by: Catch::Rule("bad-argument"),
    },
    Entry {
        name: "pshed-other-source",
        defect: "PSHED is given the descriptor of another source",
        tests: &["pshed::each_handler_has_its_own_level@"],
        seeds: 1,
        caught_by: Catch::Invariant("IRQL before, inside and after"),
    },
];
