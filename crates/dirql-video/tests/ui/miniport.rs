// A miniport for the programs in this folder, which include it and say what its parts are.
macro_rules! miniport {
    ($resident:ty, $state:ty, $new:expr) => {
        impl Miniport for $resident {
            type State = $state;
            const HANDLES_INTERRUPTS: bool = true;

            fn find_adapter(_: &mut Discovery<'_>) -> Result<Found<Self>, VpStatus> {
                Ok($new)
            }

            fn initialize(&self, _: &VideoAdapter<$state>, _: &mut Irql<'_, Passive>) -> bool {
                true
            }

            fn start_io(
                &self,
                _: &VideoAdapter<$state>,
                _: &mut Irql<'_, Dispatch>,
                _: &mut VideoRequest<'_>,
            ) -> Result<usize, VpStatus> {
                Ok(0)
            }

            fn interrupt(&self, _: &mut $state, _: &InterruptContext<'_, Self>) -> Serviced {
                Serviced::NotMine
            }

            fn can_set_power(&self, _: DeviceId, _: PowerState) -> Result<(), VpStatus> {
                Ok(())
            }

            fn set_power(
                &self,
                _: &VideoAdapter<$state>,
                _: &mut Irql<'_, Dispatch>,
                _: DeviceId,
                _: PowerState,
            ) {
            }
        }

        fn main() {
            // The assertions belong to the code that is generated, so the function has to be.
            core::hint::black_box(initialize::<$resident> as unsafe fn(_, _) -> _);
        }
    };
}
