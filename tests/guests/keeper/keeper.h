/* What the files of the driver share. */

#ifndef KEEPER_H
#define KEEPER_H

#include "protocol.h"
#include "wdf.h"

#define ANSWERS 16

/* A function whose lines are its own. */
#define NOINLINE __attribute__((noinline))

/* A request, and where its answers go. */
typedef struct {
    WDFQUEUE Queue;
    WDFREQUEST Request;
    ULONG64 *Answers;
    ULONG Count;
    NTSTATUS Status;
} ORDER;

extern WDFDEVICE Device;
extern DRIVER_OBJECT *Driver;

/* Whether the code is of the file, and then the order is carried out; a request that is kept or gone has no count. */
BOOLEAN Locks(ORDER *order, ULONG code);
BOOLEAN Ends(ORDER *order, ULONG code);
BOOLEAN Files(ORDER *order, ULONG code);
BOOLEAN Objects(ORDER *order, ULONG code);
BOOLEAN Disks(ORDER *order, ULONG code);
BOOLEAN Keys(ORDER *order, ULONG code);
BOOLEAN Callers(ORDER *order, ULONG code);
BOOLEAN Powers(ORDER *order, ULONG code);

/* Locks the buffers of a request in the context of its program, and serves it afterwards. */
NTSTATUS LockCaller(WDFREQUEST request);
BOOLEAN ServeCaller(WDFREQUEST request, ULONG code);
void EvtRead(WDFQUEUE queue, WDFREQUEST request, SIZE_T length);

/* Makes what the file needs. */
NTSTATUS MakeLocks(WDFQUEUE queue);
NTSTATUS MakeObjects(void);
void MakeEnds(void);
void ConfigurePower(WDFDEVICE_INIT *init);
void ConfigureFiles(WDFDEVICE_INIT *init);

/* Counts without a lock of the driver's. */
void Count(void);
NTSTATUS ForwardToSecond(WDFREQUEST request);

/* The attributes of requests. */
extern WDF_OBJECT_ATTRIBUTES RequestAttributes;

void Complete(WDFREQUEST request, NTSTATUS status, ULONG count);
void Answer(ORDER *order, ULONG64 value);

#define KEPT ((ULONG)~0u)

#endif
