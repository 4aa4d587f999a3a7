/* Keys of the registry, and what the PnP manager says of the device. */

#include "keeper.h"

typedef PVOID WDFKEY;

#define PLUGPLAY_REGKEY_DEVICE 1
#define KEY_ALL 0xF003F
#define DevicePropertyPhysicalDeviceObjectName 11

#define WdfDeviceOpenRegistryKey WDF(48, NTSTATUS, WDFDEVICE, ULONG, ULONG, WDF_OBJECT_ATTRIBUTES *, WDFKEY *)
#define WdfDeviceAllocAndQueryProperty WDF(82, NTSTATUS, WDFDEVICE, ULONG, ULONG, WDF_OBJECT_ATTRIBUTES *, WDFOBJECT *)
#define WdfRegistryClose WDF(231, void, WDFKEY)
#define WdfRegistryRemoveKey WDF(233, NTSTATUS, WDFKEY)
#define WdfRegistryRemoveValue WDF(234, NTSTATUS, WDFKEY, UNICODE_STRING *)
#define WdfRegistryQueryUnicodeString WDF(238, NTSTATUS, WDFKEY, UNICODE_STRING *, USHORT *, UNICODE_STRING *)
#define WdfRegistryQueryULong WDF(240, NTSTATUS, WDFKEY, UNICODE_STRING *, ULONG *)
#define WdfRegistryAssignUnicodeString WDF(244, NTSTATUS, WDFKEY, UNICODE_STRING *, UNICODE_STRING *)
#define WdfRegistryAssignULong WDF(246, NTSTATUS, WDFKEY, UNICODE_STRING *, ULONG)
#define WdfDeviceOpenDevicemapKey \
    WDF(443, NTSTATUS, WDFDEVICE, UNICODE_STRING *, ULONG, WDF_OBJECT_ATTRIBUTES *, WDFKEY *)

static UNICODE_STRING PortName = {16, 18, (WCHAR *)L"PortName"};
static UNICODE_STRING Number = {12, 14, (WCHAR *)L"NUMBER"};
static UNICODE_STRING Map = {12, 14, (WCHAR *)L"KEEPER"};

/* What the host has written for the device. */
static void ReadDeviceKey(ORDER *order)
{
    WCHAR buffer[8] = {0};
    UNICODE_STRING text = {0, sizeof(buffer), buffer}, little = {0, 4, buffer};
    USHORT length = 0;
    ULONG number = 0;
    WDFKEY key = 0;

    Answer(order, (ULONG)CALL(WdfDeviceOpenRegistryKey, Device, PLUGPLAY_REGKEY_DEVICE, KEY_ALL, 0, &key));
    Answer(order, (ULONG)CALL(WdfRegistryQueryUnicodeString, key, &PortName, &length, &little));
    Answer(order, length);
    Answer(order, (ULONG)CALL(WdfRegistryQueryUnicodeString, key, &PortName, 0, &text));
    Answer(order, text.Length);
    Answer(order, buffer[3]);
    Answer(order, (ULONG)CALL(WdfRegistryQueryULong, key, &PortName, &number));
    Answer(order, (ULONG)CALL(WdfRegistryQueryULong, key, &Number, &number));
    CALL(WdfRegistryClose, key);
}

/* What the driver writes itself, and takes away again. */
static void WriteMap(ORDER *order)
{
    WDFKEY key = 0, again = 0;
    ULONG number = 0;

    Answer(order, (ULONG)CALL(WdfDeviceOpenDevicemapKey, Device, &Map, KEY_ALL, 0, &key));
    Answer(order, (ULONG)CALL(WdfRegistryAssignUnicodeString, key, &PortName, &Map));
    Answer(order, (ULONG)CALL(WdfRegistryAssignULong, key, &Number, 7));
    CALL(WdfDeviceOpenDevicemapKey, Device, &Map, KEY_ALL, 0, &again);
    CALL(WdfRegistryQueryULong, again, &Number, &number);
    Answer(order, number);
    Answer(order, (ULONG)CALL(WdfRegistryRemoveValue, again, &Number));
    Answer(order, (ULONG)CALL(WdfRegistryRemoveValue, again, &Number));
    Answer(order, (ULONG)CALL(WdfRegistryRemoveKey, key));
    Answer(order, (ULONG)CALL(WdfRegistryRemoveKey, again));
    CALL(WdfRegistryClose, again);
}

static NOINLINE void CloseRemoved(ORDER *order)
{
    WDFKEY key = 0;

    CALL(WdfDeviceOpenDevicemapKey, Device, &Map, KEY_ALL, 0, &key);
    Answer(order, (ULONG)CALL(WdfRegistryRemoveKey, key));
    CALL(WdfRegistryClose, key); /* breaks: bad-handle */
    Answer(order, 0);
}

static void Property(ORDER *order)
{
    WDFOBJECT memory = 0;
    SIZE_T size = 0;
    WCHAR *name;

    Answer(order, (ULONG)CALL(WdfDeviceAllocAndQueryProperty, Device, DevicePropertyPhysicalDeviceObjectName, 512, 0,
                              &memory));
    if (!memory)
        return;
    name = CALL(WdfMemoryGetBuffer, memory, &size);
    Answer(order, name[0]);
    Answer(order, name[size / sizeof(WCHAR) - 1]);
    CALL(WdfObjectDelete, memory);
}

BOOLEAN Keys(ORDER *order, ULONG code)
{
    switch (code) {
    case IOCTL_READ_DEVICE_KEY:
        ReadDeviceKey(order);
        break;
    case IOCTL_WRITE_MAP:
        WriteMap(order);
        break;
    case IOCTL_CLOSE_REMOVED:
        CloseRemoved(order);
        break;
    case IOCTL_PROPERTY:
        Property(order);
        break;
    default:
        return 0;
    }
    return 1;
}
