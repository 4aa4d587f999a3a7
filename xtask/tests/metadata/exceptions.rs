//! Where the metadata is wrong, or says something else than the headers of an x64 driver.

/// Why the metadata differs.
pub(crate) const EXCEPTIONS: &[(&str, &[&str])] = &[
    (
        "the metadata has the value of another processor",
        &[
            "CLOCK_LEVEL",
            "FLUSH_MULTIPLE_MAXIMUM",
            "HIGH_LEVEL",
            "IPI_LEVEL",
            "KERNEL_LARGE_STACK_COMMIT",
            "KERNEL_LARGE_STACK_SIZE",
            "KERNEL_STACK_SIZE",
            "POWER_LEVEL",
            "PROFILE_LEVEL",
        ],
    ),
    (
        "the metadata was made as the static analyser sees the header, where the flags of __string_type and its like are set",
        &[
            "DevicePropertyBusTypeGuid",
            "DevicePropertyClassGuid",
            "DevicePropertyClassName",
            "DevicePropertyCompatibleIDs",
            "DevicePropertyContainerID",
            "DevicePropertyDeviceDescription",
            "DevicePropertyDriverKeyName",
            "DevicePropertyEnumeratorName",
            "DevicePropertyFriendlyName",
            "DevicePropertyHardwareID",
            "DevicePropertyLocationInformation",
            "DevicePropertyManufacturer",
            "DevicePropertyPhysicalDeviceObjectName",
            "__guid_type",
            "__multiString_type",
            "__string_type",
        ],
    ),
    (
        "the metadata has an older or a newer header's value",
        &[
            "CHECKSUM_TYPE_FIRST_UNUSED_TYPE",
            "FILE_ATTRIBUTE_VALID_FLAGS",
            "FILE_ATTRIBUTE_VALID_SET_FLAGS",
            "FILE_CHARACTERISTICS_REMOVAL_POLICY_MASK_EX",
            "FILE_REGION_USAGE_QUERY_ALIGNMENT",
            "MSV1_0_MAX_NTLM3_LIFE",
            "MaxProcessMitigationPolicy",
            "SECPKG_ATTR_SUBJECT_SECURITY_ATTRIBUTES",
            "WINVER",
        ],
    ),
    (
        "the metadata has a name that user-mode headers give to something else",
        &[
            "ISSP_MODE",
            "PRAGMA_DEPRECATED_DDK",
            "ResultNegative",
            "ResultPositive",
            "ResultZero",
        ],
    ),
    (
        "the metadata was made for 32 bits where the header takes an ULONG_PTR, or for an enumeration where it takes a number of that width",
        &[
            "FsRtlIsExtentDangling",
            "KeAcquireQueuedSpinLock",
            "KeReleaseQueuedSpinLock",
            "KeTryToAcquireQueuedSpinLock",
            "MmMapMemoryDumpMdlEx",
        ],
    ),
    (
        "the metadata has the result of user mode's header, an unsigned error code",
        &[
            "RtlDrainNonVolatileFlush",
            "RtlExtendCorrelationVector",
            "RtlFillNonVolatileMemory",
            "RtlFlushNonVolatileMemory",
            "RtlFlushNonVolatileMemoryRanges",
            "RtlFreeNonVolatileToken",
            "RtlGetNonVolatileToken",
            "RtlGetSystemGlobalData",
            "RtlIncrementCorrelationVector",
            "RtlInitializeCorrelationVector",
            "RtlRaiseCustomSystemEventTrigger",
            "RtlValidateCorrelationVector",
            "RtlWriteNonVolatileMemory",
        ],
    ),
];

/// Whether an item is one of them.
pub(crate) fn has(name: &str) -> bool {
    EXCEPTIONS.iter().any(|(_, names)| names.contains(&name))
}
