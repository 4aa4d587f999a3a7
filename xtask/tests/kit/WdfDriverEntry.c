// What WdfDriverEntry.lib of a kit is to a driver: the entry, which binds the framework, and the variables that calls go
// through. The facts are those of cross/wdk-build/embedded/wdf.rs, whose sources fxldr.h and the headers of KMDF are.
// BIND_INFO_1 makes the form of the bind information before 1.25.

typedef unsigned char BOOLEAN;
typedef unsigned short USHORT;
typedef unsigned long ULONG;
typedef long NTSTATUS;
typedef void *PVOID;
typedef struct { USHORT Length; USHORT MaximumLength; USHORT *Buffer; } UNICODE_STRING;
typedef void (*WDFFUNC)(void);
typedef void UNLOAD(PVOID Driver);

struct driver_object {
    char Before[104];
    UNLOAD *DriverUnload;
};

struct globals {
    char Before[48];
    BOOLEAN DisplaceDriverUnload;
};

struct bind_info {
    ULONG Size;
    const USHORT *Component;
    ULONG Version[3];
    ULONG FuncCount;
    const WDFFUNC **FuncTable;
    PVOID Module;
};

struct bind_info_2 {
    struct bind_info V1;
    ULONG *MinimumVersionRequired;
    BOOLEAN *ClientVersionHigherThanFramework;
    ULONG *FuncCountPtr;
    ULONG *StructCountPtr;
    PVOID *StructTable;
};

_Static_assert(sizeof(struct bind_info) == 48, "WDF_BIND_INFO");
_Static_assert(sizeof(struct bind_info_2) == 88, "WDF_BIND_INFO2");

const WDFFUNC *WdfFunctions_01031;
struct globals *WdfDriverGlobals;
ULONG WdfFunctionCount = 458;
ULONG WdfStructureCount = 81;
PVOID WdfStructures;
BOOLEAN WdfClientVersionHigherThanFramework;

// The driver's own objects have it, from the header.
extern ULONG WdfMinimumVersionRequired;

NTSTATUS DriverEntry(struct driver_object *Driver, UNICODE_STRING *Path);
void RtlCopyUnicodeString(UNICODE_STRING *To, const UNICODE_STRING *From);
NTSTATUS WdfVersionBind(struct driver_object *Driver, UNICODE_STRING *Path, PVOID Info, struct globals **Globals);
void WdfVersionUnbind(UNICODE_STRING *Path, PVOID Info, struct globals *Globals);

static const USHORT Component[] = L"KmdfLibrary";

#ifdef BIND_INFO_1
static struct bind_info BindInfo = {48, Component, {1, 31, 0}, 458, &WdfFunctions_01031, 0};
#else
static struct bind_info_2 BindInfo = {
    {88, Component, {1, 31, 0}, 458, &WdfFunctions_01031, 0},
    &WdfMinimumVersionRequired,
    &WdfClientVersionHigherThanFramework,
    &WdfFunctionCount,
    &WdfStructureCount,
    &WdfStructures,
};
#endif

static USHORT PathBuffer[260];
static UNICODE_STRING RegistryPath = {0, sizeof(PathBuffer), PathBuffer};
static UNLOAD *Displaced;

static void Unload(PVOID Driver)
{
    if (Displaced) {
        Displaced(Driver);
    }
    WdfVersionUnbind(&RegistryPath, &BindInfo, WdfDriverGlobals);
}

NTSTATUS FxDriverEntry(struct driver_object *Driver, UNICODE_STRING *Path)
{
    NTSTATUS Status;
    if (!Driver) {
        return DriverEntry(Driver, Path);
    }
    RtlCopyUnicodeString(&RegistryPath, Path);
    Status = WdfVersionBind(Driver, &RegistryPath, &BindInfo, &WdfDriverGlobals);
    if (Status < 0) {
        return Status;
    }
    Status = DriverEntry(Driver, Path);
    if (Status < 0) {
        WdfVersionUnbind(&RegistryPath, &BindInfo, WdfDriverGlobals);
        return Status;
    }
    if (WdfDriverGlobals->DisplaceDriverUnload) {
        Displaced = Driver->DriverUnload;
        Driver->DriverUnload = Unload;
    }
    return Status;
}
