//! The host's side of WHEA: the machine's error sources, its errors, and what PSHED is told to do.

use nt_model::{ErrorSourceKind, ErrorSourceReport, Failure, Order, OrderOutcome, Rule, Severity};

use crate::{
    machine::{Machine, handle::OrderId},
    system::Goal,
    wdf::state::registry::{RegistryKey, RegistryValue},
    whea::{DriverReport, FatalStop},
};

impl Machine {
    /// Takes WHEA away from the platform. Before the driver is loaded.
    pub fn disable_whea(&mut self) {
        let done = self.with(|system, _| {
            system.whea.enabled = false;
            Ok(())
        });
        debug_assert!(done.is_ok(), "nothing can fail");
    }

    /// Adds an error source to the machine.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where the number is zero or another source has it.
    pub fn add_error_source(&mut self, id: u32, kind: ErrorSourceKind) -> Result<(), Failure> {
        self.with(|system, guest| {
            if id == 0 || system.whea.error_source(id).is_some() {
                return Err(Failure::new(
                    Rule::BadArgument,
                    format!("the host added an error source with the number {id} twice"),
                ));
            }
            system.hardware_errors().add_error_source(guest, id, kind)
        })
    }

    /// Has the hardware report errors at a source. They arrive while the guests run, one after another.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where there is no such source.
    pub fn raise_errors(&mut self, id: u32, count: u32, severity: Severity) -> Result<(), Failure> {
        self.with(|system, _| {
            let source = known(system.whea.error_source(id), id)?;
            system
                .hardware_errors()
                .raise_errors(source, count, severity);
            Ok(())
        })
    }

    /// Has the hardware report a fatal error at a source, and runs the guests until the machine has stopped for it.
    /// Afterwards it is of no more use.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the driver's that came first; rule `hang` where the error cannot be delivered.
    pub fn stop_by_fatal_error(&mut self, id: u32) -> Result<FatalStop, Failure> {
        self.raise_errors(id, 1, Severity::Fatal)?;
        let ran = self.run(Goal::Quiescence);
        match (self.with(|system, _| Ok(system.whea.stop.take()))?, ran) {
            (Some(stop), _) => Ok(stop),
            (None, Err(failure)) => Err(failure),
            (None, Ok(_)) => Err(self.hang("a fatal error is not delivered")),
        }
    }

    /// The reports that the driver has submitted at error sources of its own since this was asked for, oldest first.
    pub fn take_driver_reports(&mut self) -> Vec<DriverReport> {
        self.with(|system, _| Ok(system.hardware_errors().take_driver_reports()))
            .unwrap_or_default()
    }

    /// What became of a source's errors.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where there is no such source.
    pub fn error_source(&mut self, id: u32) -> Result<ErrorSourceReport, Failure> {
        self.with(|system, _| {
            let source = &system.whea.sources[known(system.whea.error_source(id), id)?];
            Ok(ErrorSourceReport {
                waiting: source.waiting(),
                ..source.report
            })
        })
    }

    /// Registers another plug-in for these functional areas: it serves everything and says so.
    pub fn register_other_plugin(&mut self, areas: u32) {
        let done = self.with(|system, _| {
            system.hardware_errors().register_other_plugin(areas);
            Ok(())
        });
        debug_assert!(done.is_ok(), "nothing can fail");
    }

    /// Unregisters it.
    pub fn unregister_other_plugin(&mut self) {
        let done = self.with(|system, _| {
            system.hardware_errors().unregister_other_plugin();
            Ok(())
        });
        debug_assert!(done.is_ok(), "nothing can fail");
    }

    /// Tells PSHED to do something, and does not wait for it.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the emulator's.
    pub fn begin_order(&mut self, order: Order) -> Result<OrderId, Failure> {
        self.with(|system, guest| system.hardware_errors().begin_order(guest, order))
            .map(OrderId)
    }

    /// Runs the guests until an order is done.
    ///
    /// # Errors
    ///
    /// A [`Failure`]; rule `hang` where nothing can go on and it is not done.
    pub fn wait_order(&mut self, order: OrderId) -> Result<OrderOutcome, Failure> {
        if !self.system().whea.order_is_done(order.0) {
            self.run(Goal::Order(order.0))?;
        }
        match self.with(|system, _| Ok(system.hardware_errors().take_outcome(order.0)))? {
            Some(outcome) => Ok(outcome),
            None => Err(self.hang("what PSHED was told to do is not done")),
        }
    }

    /// Runs the guests until nothing can go on: every error has been handled then.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the driver's.
    pub fn settle(&mut self) -> Result<(), Failure> {
        self.run(Goal::Quiescence).map(drop)
    }

    /// Sets a value of the service's `Parameters` key, a `REG_DWORD`. Before the driver is loaded.
    pub fn set_parameter(&mut self, name: &str, value: u32) {
        let value = RegistryValue::Number(value);
        self.set_registry_value(&RegistryKey::Parameters, name, value);
    }

    /// Sets a value of a key that the framework opens for the driver.
    pub fn set_registry_value(&mut self, key: &RegistryKey, name: &str, value: RegistryValue) {
        let done = self.with(|system, _| {
            system.wdf.registry.set(key, name, value);
            Ok(())
        });
        debug_assert!(done.is_ok(), "nothing can fail");
    }
}

fn known(place: Option<usize>, id: u32) -> Result<usize, Failure> {
    place.ok_or_else(|| {
        Failure::new(
            Rule::BadArgument,
            format!("the machine has no error source {id}"),
        )
    })
}
