//! What connecting and disconnecting take of a kernel stack, in the code of a built driver.

use dirql_tests::{
    cost::{self, Depths},
    images,
    session::{Device, Session, until_blocked},
};
use ntsim::InterruptResource;

/// A kernel stack of x64 Windows, in bytes.
const KERNEL_STACK: u32 = 24 * 1024;

fn all(depths: Depths) -> [u32; 3] {
    [depths.connect, depths.failure, depths.disconnect]
}

fn measured<R>(ask: impl FnOnce(&mut Session) -> Result<R, ntsim::Failure>) -> R {
    let image = images::guest("cost");
    let config = until_blocked(InterruptResource::Line);
    let run = || {
        let mut session = Session::start(&config, &image, Device::Edu)?;
        let answer = ask(&mut session)?;
        session.remove()?;
        Ok::<_, ntsim::Failure>(answer)
    };
    run().unwrap_or_else(|failure| panic!("{failure}"))
}

#[test]
fn in_place_the_stack_does_not_grow_with_the_handler() {
    let [small, medium, large] = measured(cost::in_place);
    assert_eq!(small, medium, "{:?} bytes", cost::IN_PLACE);
    assert_eq!(small, large, "{:?} bytes", cost::IN_PLACE);
    for depth in all(small) {
        assert!(
            (64..KERNEL_STACK / 12).contains(&depth),
            "{small:?}: a twelfth of the stack is plenty"
        );
    }
}

#[test]
fn the_largest_handler_that_is_moved_takes_less_than_a_quarter_of_the_stack() {
    let depths = measured(cost::by_value);
    let handler = u32::try_from(cost::BY_VALUE).expect("a handler of little");
    for depth in [depths.connect, depths.failure] {
        assert!(
            (handler..KERNEL_STACK / 4).contains(&depth),
            "{depths:?}: the handler is on the stack, and not many times"
        );
    }
    assert!(depths.disconnect < KERNEL_STACK / 4, "{depths:?}");
}
