//! The sum of the frames of all floors above the kernel.

use crate::{
    etw::EtwFrame, kernel::state::frame::Holds, video_port::state::frame::VideoFrame,
    wdf::state::frame::WdfFrame, whea::state::frame::WheaFrame,
};

/// Declares the sum: a variant for each floor, whose frames go in and are known again.
macro_rules! frames {
    ($($(#[$about:meta])* $variant:ident($frame:ty),)*) => {
        /// What a floor above the kernel was doing when it called the driver or paused.
        #[derive(Clone, Debug)]
        pub(crate) enum Above {
            $($(#[$about])* $variant($frame),)*
        }

        $(
            impl From<$frame> for Above {
                fn from(frame: $frame) -> Self {
                    Self::$variant(frame)
                }
            }

            impl Holds<$frame> for Above {
                fn held(&self) -> Option<&$frame> {
                    match self {
                        Self::$variant(frame) => Some(frame),
                        _ => None,
                    }
                }
            }
        )*
    };
}

frames! {
    /// In the framework or the `PnP` manager.
    Wdf(WdfFrame),
    /// In event tracing.
    Etw(EtwFrame),
    /// In WHEA.
    Whea(WheaFrame),
    /// In the video port driver.
    VideoPort(VideoFrame),
}
