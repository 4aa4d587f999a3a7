//! Reports of a driver at an error source of its own: made, filled section by section, submitted or abandoned
//! (nf-ntddk-wheacreatehwerrorreportdevicedriver and what its page leads to).

use nt_model::{Failure, Status};

use crate::{
    guest::Guest,
    kernel::{
        irql,
        state::{activation::Flow, frame::Holds},
    },
    whea::{
        HardwareErrors,
        state::{
            frame::WheaFrame,
            report::{DriverReport, Report, ReportSection},
        },
    },
};

/// `WheaErrSrcTypeDeviceDriver`.
const TYPE_DEVICE_DRIVER: u32 = 16;
/// `WheaErrSevFatal`, and the last value of the enumeration.
const FATAL: u32 = 1;
const SEVERITY_MAX: u32 = 3;
/// `WheaErrSevInformational`, until the driver says otherwise.
const INFORMATIONAL: u32 = 3;
/// Bytes of a name, its NUL included.
const NAME: u64 = 20;
/// Bytes of a GUID, and of the flags.
const GUID: u64 = 16;
const FLAGS: u64 = 4;
/// Bytes of a record's header.
const RECORD: u64 = 128;

impl<A: Holds<WheaFrame>> HardwareErrors<'_, A> {
    /// The reports that were submitted since this was asked for.
    pub(crate) fn take_driver_reports(&mut self) -> Vec<DriverReport> {
        core::mem::take(&mut self.whea.drivers.submitted)
    }

    /// `WheaCreateHwErrorReportDeviceDriver`: a handle, or 0.
    pub(crate) fn whea_create_hw_error_report_device_driver(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let id = guest.argument_u32(0)?;
        let drivers = &self.whea.drivers;
        // Memory is allocated below DISPATCH; from there on a report is one of those made ahead.
        let room = |preallocated: u32| {
            self.kernel.cpu().irql < irql::DISPATCH || drivers.open(id) < preallocated as usize
        };
        let admitted = drivers
            .sources
            .get(&id)
            .is_some_and(|source| room(source.preallocated));
        if !admitted {
            return Ok(Flow::Return(0));
        }
        let handle = self.kernel.new_object();
        self.kernel.note_origin(guest, handle);
        let report = Report {
            source: id,
            severity: INFORMATIONAL,
            sections: Vec::new(),
        };
        self.whea.drivers.reports.insert(handle, report);
        Ok(Flow::Return(handle))
    }

    /// `WheaAddHwErrorReportSectionDeviceDriver`: a section's memory, in a `WHEA_DRIVER_BUFFER_SET`.
    pub(crate) fn whea_add_hw_error_report_section_device_driver(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (handle, length, set) = (
            guest.argument(0)?,
            guest.argument_u32(1)?,
            guest.argument(2)?,
        );
        let drivers = &self.whea.drivers;
        let Some(report) = drivers.reports.get(&handle) else {
            return Ok(Flow::status(Status::INVALID_HANDLE));
        };
        let source = drivers.sources[&report.source];
        if report.sections.len() == source.sections as usize {
            // None is left.
            return Ok(Flow::status(Status::BUFFER_TOO_SMALL));
        }
        if length > source.section_length {
            return Ok(Flow::status(Status::INSUFFICIENT_RESOURCES));
        }
        let length = u64::from(length);
        let memory = self
            .kernel
            .kernel_allocate(guest, GUID + NAME + FLAGS + length)?;
        guest.write(memory, &vec![0; (GUID + NAME + FLAGS + length) as usize])?;
        guest.write_u32(set, 1)?;
        guest.write_u64(set + 4, memory + GUID + NAME + FLAGS)?;
        guest.write_u32(set + 12, length as u32)?;
        for (offset, part) in [(16, 0), (24, GUID), (32, GUID + NAME)] {
            guest.write_u64(set + offset, memory + part)?;
        }
        if let Some(report) = self.whea.drivers.reports.get_mut(&handle) {
            report.sections.push((memory, length));
        }
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WheaHwErrorReportSetSeverityDeviceDriver`.
    pub(crate) fn whea_hw_error_report_set_severity_device_driver(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (handle, severity) = (guest.argument(0)?, guest.argument_u32(1)?);
        let Some(report) = self.whea.drivers.reports.get_mut(&handle) else {
            return Ok(Flow::status(Status::INVALID_HANDLE));
        };
        if severity > SEVERITY_MAX {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        report.severity = severity;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WheaHwErrorReportSetSectionNameDeviceDriver`, by the buffer set and not by a handle.
    pub(crate) fn whea_hw_error_report_set_section_name_device_driver(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (set, length, name) = (
            guest.argument(0)?,
            guest.argument_u32(1)?,
            guest.argument(2)?,
        );
        if u64::from(length) > NAME {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        let bytes = guest.read_vec(name, length as usize)?;
        let place = guest.read_u64(set + 24)?;
        guest.write(place, &[0; NAME as usize])?;
        guest.write(place, &bytes)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WheaHwErrorReportSubmitDeviceDriver`. The handle ends with it, unless it is refused.
    pub(crate) fn whea_hw_error_report_submit_device_driver(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = guest.argument(0)?;
        let Some(report) = self.whea.drivers.reports.get(&handle) else {
            return Ok(Flow::status(Status::INVALID_HANDLE));
        };
        if report.sections.is_empty() {
            return Ok(Flow::status(Status::BUFFER_TOO_SMALL));
        }
        let mut submitted = DriverReport {
            source: report.source,
            severity: report.severity,
            sections: Vec::new(),
        };
        for (memory, length) in &report.sections {
            let mut kind = [0; GUID as usize];
            kind.copy_from_slice(&guest.read_vec(*memory, GUID as usize)?);
            let name = guest.read_vec(memory + GUID, NAME as usize)?;
            let data = guest.read_vec(memory + GUID + NAME + FLAGS, *length as usize)?;
            submitted.sections.push(ReportSection {
                kind,
                data,
                name: up_to_nul(name),
            });
        }
        self.end_report(guest, handle)?;
        self.take_report(guest, submitted)
    }

    /// `WheaHwErrorReportAbandonDeviceDriver`.
    pub(crate) fn whea_hw_error_report_abandon_device_driver(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = guest.argument(0)?;
        if !self.whea.drivers.reports.contains_key(&handle) {
            return Ok(Flow::status(Status::INVALID_HANDLE));
        }
        self.end_report(guest, handle)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `WheaReportHwErrorDeviceDriver`: a report of one section, in one call.
    pub(crate) fn whea_report_hw_error_device_driver(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (id, data, length) = (
            guest.argument_u32(0)?,
            guest.argument(2)?,
            guest.argument_u32(3)?,
        );
        let (guid, severity, name) = (
            guest.argument(4)?,
            guest.argument_u32(5)?,
            guest.argument(6)?,
        );
        let Some(source) = self.whea.drivers.sources.get(&id) else {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        };
        if length > source.section_length || severity > SEVERITY_MAX {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        let name = match name {
            0 => Vec::new(),
            name => guest.read_vec(name, NAME as usize)?,
        };
        if !name.is_empty() && !name.contains(&0) {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        let mut kind = [0; GUID as usize];
        kind.copy_from_slice(&guest.read_vec(guid, GUID as usize)?);
        let section = ReportSection {
            kind,
            data: guest.read_vec(data, length as usize)?,
            name: up_to_nul(name),
        };
        let report = DriverReport {
            source: id,
            severity,
            sections: vec![section],
        };
        self.take_report(guest, report)
    }

    /// Takes a report over. A fatal one stops the machine.
    fn take_report(&mut self, guest: &mut Guest, report: DriverReport) -> Result<Flow<A>, Failure> {
        let severity = report.severity;
        self.kernel.note(format!(
            "a report of severity {severity} at the driver's error source {}",
            report.source
        ));
        self.whea.drivers.submitted.push(report);
        if severity != FATAL {
            return Ok(Flow::status(Status::SUCCESS));
        }
        let record = self.kernel.kernel_allocate(guest, RECORD)?;
        guest.write(record, &[0; RECORD as usize])?;
        guest.write(record, b"CPER")?;
        guest.write_u32(record + 12, FATAL)?;
        guest.write_u32(record + 20, RECORD as u32)?;
        Err(self.uncorrectable(guest, TYPE_DEVICE_DRIVER, record, RECORD as usize, None))
    }

    /// Ends a handle: its sections are gone.
    fn end_report(&mut self, guest: &mut Guest, handle: u64) -> Result<(), Failure> {
        if let Some(report) = self.whea.drivers.reports.remove(&handle) {
            for (memory, _) in report.sections {
                self.kernel.kernel_free(guest, memory)?;
            }
        }
        Ok(())
    }
}

/// The bytes before the first NUL.
fn up_to_nul(mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some(end) = bytes.iter().position(|byte| *byte == 0) {
        bytes.truncate(end);
    }
    bytes
}
