//! Faults: the system refuses the driver what it asks for.
//!
//! Each is answered with its status, changes nothing that the contract says it leaves, and leaks nothing: the
//! simulator looks when the driver is unloaded at the end of each test.

mod not_run;
mod pnp;
mod reconnect;
mod stress;

use self::not_run::{
    closure_that_did_not_run_changes_nothing, interrupt_that_cannot_be_made_live_is_lost,
    interrupt_that_cannot_be_silenced_is_lost, raise_that_did_not_run_reaches_no_device,
    records_that_cannot_be_read_are_an_internal_error, reset_that_did_not_run_resets_nothing,
};
use self::pnp::{
    interrupt_that_cannot_be_silenced_fails_a_power_down, start_that_is_refused_something_fails,
    start_whose_closures_do_not_run_fails,
};
use self::reconnect::{
    exhausted_pool_leaves_the_old_connection, exhausted_pool_twice_loses_the_interrupt,
    refused_connect_leaves_the_old_connection, refused_connect_twice_loses_the_interrupt,
    waits_of_a_lost_interrupt_can_be_cancelled,
};
use self::stress::{
    any_refused_thread_ends_a_run, exhausted_pool_ends_a_run,
    run_counts_a_transfer_that_did_not_run, run_ends_where_the_device_leaves_d0,
    run_that_cannot_begin_or_end_is_an_internal_error, run_that_is_on_keeps_out_what_would_meet_it,
    starved_thread_lets_its_run_be_cancelled, starved_thread_times_a_run_out,
};
use super::suite;

suite! { "faults":
    refused_connect_leaves_the_old_connection needs Simulator,
    refused_connect_twice_loses_the_interrupt needs Simulator,
    exhausted_pool_leaves_the_old_connection needs Simulator,
    exhausted_pool_twice_loses_the_interrupt needs Simulator,
    waits_of_a_lost_interrupt_can_be_cancelled needs Simulator,
    any_refused_thread_ends_a_run needs Simulator,
    exhausted_pool_ends_a_run needs Simulator,
    starved_thread_times_a_run_out needs Simulator,
    starved_thread_lets_its_run_be_cancelled needs Simulator,
    run_that_is_on_keeps_out_what_would_meet_it needs Simulator,
    run_counts_a_transfer_that_did_not_run needs Simulator,
    run_that_cannot_begin_or_end_is_an_internal_error needs Simulator,
    closure_that_did_not_run_changes_nothing needs Simulator,
    raise_that_did_not_run_reaches_no_device needs Simulator,
    records_that_cannot_be_read_are_an_internal_error needs Simulator,
    reset_that_did_not_run_resets_nothing needs Simulator,
    interrupt_that_cannot_be_silenced_is_lost needs Simulator,
    interrupt_that_cannot_be_made_live_is_lost needs Simulator,
    run_ends_where_the_device_leaves_d0 needs Simulator,
    start_that_is_refused_something_fails needs Simulator,
    start_whose_closures_do_not_run_fails needs Simulator,
    interrupt_that_cannot_be_silenced_fails_a_power_down needs Simulator,
}
