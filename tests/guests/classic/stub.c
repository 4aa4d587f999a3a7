/*
 * What Microsoft's libraries bring into a KMDF driver in C: the entry that looks at the security cookie, binds to the
 * framework and goes on to DriverEntry, the check of the cookie, and the load configuration.
 *
 * BIND_INFO is 48 or 88, and FUNCTIONS what the release has that the driver is built for.
 */

#include "kmdf.h"

#ifndef TARGET
#define TARGET 31
#endif
#ifndef MINIMUM
#define MINIMUM TARGET
#endif
#ifndef FUNCTIONS
#define FUNCTIONS 458
#endif

#define DEFAULT_COOKIE 0x00002B992DDFA232ull
#define FAST_FAIL_STACK_COOKIE_CHECK_FAILURE 2
#define FAST_FAIL_GS_COOKIE_INIT 6
#define STATUS_INVALID_PARAMETER ((NTSTATUS)0xC000000D)

ULONG64 __security_cookie = DEFAULT_COOKIE;
ULONG64 __security_cookie_complement = ~DEFAULT_COOKIE;

__attribute__((no_stack_protector)) void __security_check_cookie(ULONG64 cookie)
{
    if (cookie != __security_cookie || cookie >> 48)
        FastFail(FAST_FAIL_STACK_COOKIE_CHECK_FAILURE);
}

/* The two nothings that a linker's library puts where a loader with control-flow guard puts its own. */
__attribute__((naked)) static void GuardCheckNothing(void)
{
    __asm__("ret");
}

__attribute__((naked)) static void GuardDispatchNothing(void)
{
    __asm__("jmp *%rax");
}

__attribute__((section(".00cfg"))) PVOID const __guard_check_icall_fptr = GuardCheckNothing;
__attribute__((section(".00cfg"))) PVOID const __guard_dispatch_icall_fptr = GuardDispatchNothing;

extern char __guard_fids_table[], __guard_fids_count[], __guard_flags[];

/* IMAGE_LOAD_CONFIG_DIRECTORY64 up to the guard's flags. */
const struct {
    ULONG Size;
    UCHAR Before[84];
    ULONG64 *SecurityCookie;
    ULONG64 Handlers[2];
    PVOID const *GuardCFCheckFunctionPointer;
    PVOID const *GuardCFDispatchFunctionPointer;
    char *GuardCFFunctionTable;
    char *GuardCFFunctionCount;
    ULONG64 GuardFlags;
} _load_config_used = {
    sizeof(_load_config_used),
    {0},
    &__security_cookie,
    {0},
    &__guard_check_icall_fptr,
    &__guard_dispatch_icall_fptr,
    __guard_fids_table,
    __guard_fids_count,
    0x500, /* instrumented, with a table of functions */
};

/* The framework's functions: the table itself, or a pointer to it. */
#if FUNCTIONS <= 438
static PVOID Functions[FUNCTIONS];
#define TABLE Functions
#else
static PVOID *Functions;
#define TABLE ((PVOID *)&Functions)
#endif

WDF_DRIVER_GLOBALS *WdfDriverGlobals;
ULONG WdfFunctionCount = FUNCTIONS, WdfStructureCount, WdfMinimumVersionRequired = MINIMUM;
BOOLEAN WdfClientVersionHigherThanFramework;
SIZE_T *WdfStructures;

static const WCHAR Component[] = L"KmdfLibrary";

#if BIND_INFO == 48
static WDF_BIND_INFO BindInfo = {sizeof(BindInfo), Component, {1, TARGET, 0}, FUNCTIONS, TABLE, 0};
#else
static WDF_BIND_INFO2 BindInfo = {
    {sizeof(BindInfo), Component, {1, TARGET, 0}, FUNCTIONS, TABLE, 0},
    &WdfMinimumVersionRequired,
    &WdfClientVersionHigherThanFramework,
    &WdfFunctionCount,
    &WdfStructureCount,
    &WdfStructures,
};
#endif

/* The class extensions that the driver is a client of, in the order of their sections' names. */
#ifdef CLASS
static WDF_CLASS_BIND_INFO Class = {sizeof(Class), L"" CLASS, {1, 0, 0}, 0, 0, 0};
static WDF_CLASS_BIND_INFO *const Classes[] = {&Class};
#define CLASSES 1
#else
static WDF_CLASS_BIND_INFO *const volatile Classes[1] = {0};
#define CLASSES 0
#endif

static volatile ULONG ClassCount = CLASSES;
static UNICODE_STRING RegistryPath;
static void (*DisplacedUnload)(DRIVER_OBJECT *);

PVOID WdfFunction(ULONG index)
{
    return Functions[index];
}

static void Unbind(void)
{
    for (ULONG at = 0; at < ClassCount; at++)
        WdfVersionUnbindClass(&BindInfo, WdfDriverGlobals, Classes[at]);
    WdfVersionUnbind(&RegistryPath, &BindInfo, WdfDriverGlobals);
}

static void Unload(DRIVER_OBJECT *driver)
{
    if (DisplacedUnload)
        DisplacedUnload(driver);
    Unbind();
}

static NTSTATUS Bind(DRIVER_OBJECT *driver, UNICODE_STRING *path)
{
    NTSTATUS status;

    RegistryPath = *path;
    status = WdfVersionBind(driver, path, &BindInfo, &WdfDriverGlobals);
    if (status < 0)
        return status;
    for (ULONG at = 0; at < ClassCount; at++) {
        status = WdfVersionBindClass(&BindInfo, WdfDriverGlobals, Classes[at]);
        if (status < 0) {
            WdfVersionUnbind(&RegistryPath, &BindInfo, WdfDriverGlobals);
            return status;
        }
    }
    status = DriverEntry(driver, path);
    if (status < 0) {
        Unbind();
        return status;
    }
    if (WdfDriverGlobals->DisplaceDriverUnload) {
        DisplacedUnload = driver->DriverUnload;
        driver->DriverUnload = Unload;
    }
    return status;
}

/* The entry of the image. */
__attribute__((no_stack_protector)) NTSTATUS GsDriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *path)
{
    if (__security_cookie == 0 || __security_cookie == DEFAULT_COOKIE)
        FastFail(FAST_FAIL_GS_COOKIE_INIT);
    __security_cookie_complement = ~__security_cookie;
    return Bind(driver, path);
}

/* An image without a C runtime has what its compiler calls. */
void *memset(void *to, int value, SIZE_T length)
{
    volatile UCHAR *at = to;
    while (length--)
        *at++ = (UCHAR)value;
    return to;
}

void *memcpy(void *to, const void *from, SIZE_T length)
{
    volatile UCHAR *at = to;
    const UCHAR *source = from;
    while (length--)
        *at++ = *source++;
    return to;
}
