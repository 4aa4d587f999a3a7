//! The table of what can be asked for: for each rule what breaks it and what keeps it, and the
//! exhibits.

pub(crate) mod closure;
pub(crate) mod dpc;
pub(crate) mod fault;
pub(crate) mod interrupt;
pub(crate) mod kdpc;
pub(crate) mod levels;
pub(crate) mod lock;
pub(crate) mod memory;
pub(crate) mod pool;
pub(crate) mod race;
pub(crate) mod register;
pub(crate) mod request;
pub(crate) mod system_thread;
pub(crate) mod trace;
pub(crate) mod uninitialized;
pub(crate) mod wait;

use crate::{
    call::Deed,
    deeds::interrupt::program,
    protocol::{self, breaks, exhibit, keeps, same},
};

/// The name of a rule, what breaks it, and what keeps it.
type Pair = (&'static str, Deed, Deed);

const PAIRS: [Pair; protocol::DEEDS.len()] = [
    ("irql-of-export", levels::close_raised, levels::close),
    (
        "irql-of-framework",
        levels::interface_raised,
        levels::interface,
    ),
    (
        "irql-lowered-by-raise",
        levels::lower_by_raise,
        levels::lower,
    ),
    ("irql-lowered-in-dpc", dpc::lowered, dpc::raised),
    ("irql-not-restored", levels::stay_raised, levels::come_back),
    ("irql-of-wait", levels::wait_raised, levels::poll_raised),
    ("irql-of-paged-pool", levels::paged_raised, levels::paged),
    ("critical-region", levels::leave_twice, levels::leave_once),
    ("lock-recursion", lock::recursion, lock::again),
    ("lock-not-held", lock::not_held, lock::held),
    (
        "lock-not-initialised",
        lock::not_initialised,
        lock::initialised,
    ),
    (
        "lock-only-zeroed",
        lock::only_zeroed,
        lock::zeroed_and_initialised,
    ),
    ("lock-overwritten", lock::overwritten, lock::initialised),
    ("lock-held-below-dispatch", lock::lowered, lock::held),
    (
        "lock-held-below-its-level",
        interrupt::synchronize_lowered,
        interrupt::synchronize_raised,
    ),
    ("lock-order", lock::opposite_orders, lock::one_order),
    (
        "framework-lock-recursion",
        lock::framework_recursion,
        lock::framework_again,
    ),
    ("pool-leak", pool::leak, pool::no_leak),
    ("pool-double-free", pool::double_free, pool::two_frees),
    ("pool-overrun", pool::overrun, pool::full),
    ("pool-tag", pool::wrong_tag, pool::right_tag),
    (
        "pool-use-after-free",
        pool::use_after_free,
        pool::use_before_free,
    ),
    ("request-leak", request::leak, request::complete),
    (
        "request-completed-twice",
        request::complete_twice,
        request::complete,
    ),
    (
        "request-used-after-completion",
        request::use_late,
        request::use_in_time,
    ),
    ("request-information", request::too_much, request::nothing),
    (
        "request-completed-cancelable",
        request::complete_cancelable,
        request::complete_unmarked,
    ),
    (
        "handle-of-another-kind",
        request::wrong_kind,
        request::right_kind,
    ),
    ("event-never-set", wait::never_set, wait::set),
    (
        "event-not-initialised",
        wait::not_initialised,
        wait::initialised,
    ),
    (
        "rundown-released-too-often",
        wait::release_twice,
        wait::release_once,
    ),
    (
        "rundown-never-released",
        wait::run_down_held,
        wait::run_down,
    ),
    ("panic", fault::panics, fault::returns),
    ("null", fault::null, fault::not_null),
    ("opaque-object", memory::look_inside, memory::pass_on),
    (
        "read-only-memory",
        memory::write_constant,
        memory::write_variable,
    ),
    ("stack", memory::too_deep, memory::deep),
    ("instruction", fault::undefined, fault::defined),
    (
        "handle-leak",
        system_thread::leak_handle,
        system_thread::close_handle,
    ),
    (
        "thread-outlives-driver",
        system_thread::abandon,
        system_thread::join,
    ),
    (
        "thread-ends-raised",
        system_thread::end_raised,
        system_thread::end_lowered,
    ),
    ("storm", interrupt::deaf, interrupt::honest),
    (
        "interrupt-left-connected",
        interrupt::leave_connected,
        interrupt::honest,
    ),
    (
        "interrupt-disconnected-twice",
        interrupt::disconnect_twice,
        interrupt::honest,
    ),
    (
        "interrupt-reported-after-disconnect",
        interrupt::report_late,
        interrupt::report,
    ),
    (
        "synchronize-above-its-irql",
        interrupt::synchronize_high,
        interrupt::synchronize,
    ),
    (
        "synchronize-nested",
        interrupt::synchronize_nested,
        interrupt::synchronize_again,
    ),
    ("register-width", register::narrow, register::whole),
    ("register-after-unmap", register::unmapped, register::mapped),
    ("mapping-leak", register::leak, register::mapped),
    ("race", race::plain, race::plain_under_lock),
    ("race-with-isr", interrupt::peek, interrupt::ask),
    ("race-undeclared", race::undeclared, race::declared),
    ("dpc-watchdog", dpc::too_long, dpc::long_enough),
    (
        "pageable-pool",
        pool::paged_touched_raised,
        pool::paged_touched,
    ),
    (
        "pageable-code",
        pool::pageable_raised,
        pool::pageable_called,
    ),
    ("output-unwritten", request::half_written, request::written),
    (
        "provider-left-registered",
        trace::leave_registered,
        trace::register_and_unregister,
    ),
    (
        "provider-registered-raised",
        trace::register_raised,
        trace::register_and_unregister,
    ),
    ("event-after-unregister", trace::write_late, trace::write),
    (
        "event-pageable",
        trace::write_paged_raised,
        trace::write_raised,
    ),
    (
        "event-of-user-space",
        trace::write_of_user,
        trace::write_raised,
    ),
    (
        "dirql-time",
        interrupt::synchronize_too_long,
        interrupt::synchronize_short,
    ),
    ("extended-state", fault::extended, fault::sse),
    ("closure-moves-out", closure::moves_out, closure::hands_out),
    (
        "closure-empties-option",
        closure::empties_option,
        closure::takes_option,
    ),
    (
        "closure-empties-cell",
        closure::empties_cell,
        closure::takes_cell,
    ),
    ("closure-makes-box", closure::makes_box, closure::fills_box),
    (
        "closure-empties-handler",
        closure::empties_handler,
        closure::takes_from_handler,
    ),
    ("call-of-nothing", fault::calls_nothing, fault::calls),
    (
        "synchronize-with-nothing",
        interrupt::synchronize_nothing,
        interrupt::synchronize,
    ),
    (
        "connect-of-nothing",
        interrupt::connect_nothing,
        interrupt::honest,
    ),
    (
        "thread-of-nothing",
        system_thread::start_nothing,
        system_thread::join,
    ),
    (
        "canceled-asked-while-cancelable",
        request::asked_cancelable,
        request::asked_unmarked,
    ),
    ("affinity-raised", levels::pin_raised, levels::pin),
    (
        "string-pageable",
        pool::copy_paged_raised,
        pool::copy_resident_raised,
    ),
    (
        "connect-to-nowhere",
        interrupt::connect_to_nowhere,
        interrupt::honest,
    ),
    (
        "isr-lock-taken",
        interrupt::takes_interrupt_lock,
        interrupt::synchronize,
    ),
    (
        "isr-lock-overwritten",
        interrupt::overwrites_lock,
        interrupt::honest,
    ),
    (
        "isr-lock-not-initialised",
        interrupt::connects_raw_lock,
        interrupt::honest,
    ),
    (
        "critical-region-left-open",
        system_thread::end_in_region,
        system_thread::end_behind_region,
    ),
    (
        "closure-left-connected",
        closure::leaves_connected,
        closure::disconnects,
    ),
    ("jump-into-pool", fault::calls_pool, fault::calls),
    ("fast-fail", fault::fails_fast, fault::defined),
    ("assertion", fault::asserts, fault::defined),
    (
        "uninitialized-argument",
        uninitialized::passed,
        uninitialized::written_and_passed,
    ),
    (
        "uninitialized-stack",
        uninitialized::left_on_the_stack,
        uninitialized::written_to_the_stack,
    ),
    (
        "uninitialized-register",
        uninitialized::stored,
        uninitialized::written_and_stored,
    ),
    (
        "uninitialized-output",
        uninitialized::answered,
        uninitialized::written_and_answered,
    ),
    (
        "uninitialized-branch",
        uninitialized::decided,
        uninitialized::written_and_decided,
    ),
    (
        "uninitialized-address",
        uninitialized::addressed,
        uninitialized::written_and_addressed,
    ),
    (
        "dpc-not-initialised",
        kdpc::not_initialised,
        kdpc::initialised,
    ),
    (
        "dpc-initialised-while-queued",
        kdpc::initialised_queued,
        kdpc::initialised_again,
    ),
    ("dpc-overwritten", kdpc::overwritten, kdpc::initialised),
    (
        "dpc-freed-while-queued",
        kdpc::freed_queued,
        kdpc::freed_flushed,
    ),
    ("dpc-in-paged-pool", kdpc::paged, kdpc::freed_flushed),
    ("dpc-flush-raised", kdpc::flush_raised, kdpc::freed_flushed),
    ("race-with-dpc", kdpc::read_unordered, kdpc::read_flushed),
    (
        "device-deleted",
        request::delete_device,
        request::delete_own,
    ),
    (
        "interrupt-inactive-unsilenced",
        interrupt::rest_computing,
        interrupt::rest_silent,
    ),
    (
        "interrupt-disconnected-unsilenced",
        interrupt::disconnect_computing,
        interrupt::disconnect_silent,
    ),
];

const EXHIBITS: [(&str, Deed); protocol::EXHIBITS.len()] = [
    ("busy", race::busy),
    ("race", race::unlocked),
    ("race-locked", race::locked),
    ("relaxed-counters", race::relaxed_counters),
    ("acquire-release-flag", race::flag),
    ("statistics-unlocked", interrupt::statistics),
    ("isr-not-mine", interrupt::not_mine),
    ("acknowledge-what-was-read", interrupt::acknowledge),
    ("lazy-line", interrupt::lazy),
    ("masked-raises", interrupt::masked_raises),
    ("open-raises", interrupt::open_raises),
    ("long-synchronize", interrupt::long_synchronize),
    (
        "disconnect-while-isr-spins",
        interrupt::disconnect_while_isr_spins,
    ),
    ("edge-in-service", interrupt::edge_in_service),
    ("two-objects", interrupt::two_objects),
    ("slow-service", interrupt::slow_service),
    ("dpc-requeued", dpc::requeued),
    ("dpc-overlap", dpc::overlap),
    ("returns-false", interrupt::returns_false),
    ("inactive-synchronize", interrupt::inactive_synchronize),
    ("null-locks", interrupt::null_locks),
    ("line-of-message", interrupt::line_of_message),
    ("own-dpc-removed", kdpc::removed),
    ("own-dpc-flushed", kdpc::flushed),
];

/// What is done with programs. It is found first, and by few instructions: each is one more at which an exploration cuts in.
const PROGRAMS: [(u32, Deed); protocol::PROGRAMS.len()] = [
    (protocol::program("first"), program::first),
    (protocol::program("second"), program::second),
    (protocol::program("connect"), program::connect),
    (protocol::program("disconnect"), program::disconnect),
    (protocol::program("sum"), program::sum),
    (protocol::program("branch"), program::branch),
];

/// The tables have the names of the protocol, in its order.
const _: () = {
    let mut at = 0;
    while at < PAIRS.len() {
        assert!(same(PAIRS[at].0, protocol::DEEDS[at]));
        at += 1;
    }
    at = 0;
    while at < EXHIBITS.len() {
        assert!(same(EXHIBITS[at].0, protocol::EXHIBITS[at]));
        at += 1;
    }
};

/// What a control code asks for.
pub(crate) fn find(code: u32) -> Option<Deed> {
    if let Some((_, deed)) = PROGRAMS.iter().find(|(of, _)| *of == code) {
        return Some(*deed);
    }
    let pair = PAIRS.iter().find_map(|(name, breaking, keeping)| {
        let codes = [(breaks(name), *breaking), (keeps(name), *keeping)];
        codes
            .into_iter()
            .find_map(|(of, deed)| (of == code).then_some(deed))
    });
    pair.or_else(|| {
        let mut exhibits = EXHIBITS.iter();
        exhibits.find_map(|(name, deed)| (exhibit(name) == code).then_some(*deed))
    })
}
