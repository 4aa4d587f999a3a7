/* The control codes of the driver `keeper`, each METHOD_BUFFERED. The tests read this file. */

#ifndef PROTOCOL_H
#define PROTOCOL_H

/* The IRQL of EvtIoDeviceControl. */
#define IOCTL_LEVEL 0x222000
/* EvtIoDeviceControl waits. */
#define IOCTL_WAIT 0x222004
/* EvtIoDeviceControl counts without a lock of the driver's. */
#define IOCTL_COUNT 0x222008
/* It counts, and has a DPC, a timer or a work item count as well, each of which is serialized with the queue. */
#define IOCTL_COUNT_BY_DPC 0x22200C
#define IOCTL_COUNT_BY_TIMER 0x222010
#define IOCTL_COUNT_BY_WORK_ITEM 0x222014
/* As IOCTL_COUNT_BY_DPC, with one that is not serialized. */
#define IOCTL_COUNT_BY_FREE_DPC 0x222018
/* The same by the DPC or the work item of an interrupt. */
#define IOCTL_COUNT_BY_INTERRUPT 0x2220B4
/* The IRQL before, under and after the presentation lock of the queue. */
#define IOCTL_LOCK 0x22201C
/* A request is forwarded, and the answer says whether it was presented inside of the call, and when it is presented at which IRQL. */
#define IOCTL_FORWARD 0x222020
/* The queue is started inside of its callback. */
#define IOCTL_START 0x222024
/* The work item that counts is queued and waited for. */
#define IOCTL_FLUSH 0x222028
/* What a DPC, and what a work item, is created with that is to be serialized with the queue. */
#define IOCTL_CREATE_DPC 0x22202C
#define IOCTL_CREATE_WORK_ITEM 0x222030
/* The IRQL at which a timer whose callback is at PASSIVE calls it. */
#define IOCTL_PASSIVE_TIMER 0x222034
/* A tree of objects is deleted: the callbacks at the end, in their order. */
#define IOCTL_END_TREE 0x222038
/* An object is deleted that is referenced, and then dereferenced. */
#define IOCTL_END_REFERENCED 0x22203C
/* An object with a timer below it is deleted at DISPATCH, and one without. */
#define IOCTL_END_RAISED 0x222040
/* What was noted since the last question. */
#define IOCTL_NOTES 0x222044
/* An object is deleted twice. */
#define IOCTL_END_TWICE 0x222048
/* The device is deleted by its driver. */
#define IOCTL_END_DEVICE 0x22204C
/* A callback at the end of an object waits, which is deleted at DISPATCH. */
#define IOCTL_END_WAITING 0x222050
/* Contexts are added to an object, found, and led back from to it. */
#define IOCTL_CONTEXTS 0x222054
/* A request with callbacks at its end is completed: they are noted. */
#define IOCTL_NOTE_REQUEST 0x222058
/* The next file is refused, forwarded to a queue that completes what is no order, or counted. */
#define IOCTL_REFUSE_NEXT 0x22205C
#define IOCTL_FORWARD_NEXT 0x222060
#define IOCTL_COUNT_NEXT 0x222064
/* How often files were opened, cleaned up and closed, and how often their objects ended. */
#define IOCTL_FILES 0x222068
/* It counts under a wait lock, holds the lock for a while, and tries to take it without waiting and with. */
#define IOCTL_COUNT_LOCKED 0x22206C
#define IOCTL_HOLD_LOCKED 0x222070
#define IOCTL_TRY_LOCKED 0x222074
/* The wait lock is acquired, or released, twice. */
#define IOCTL_ACQUIRE_TWICE 0x222078
#define IOCTL_RELEASE_TWICE 0x22207C
/* Memory objects, and a request that is completed while its own is referenced. */
#define IOCTL_MEMORY 0x222080
#define IOCTL_COMPLETE_REFERENCED 0x222084
/* Objects in a collection, and one that is removed and is in none. */
#define IOCTL_COLLECTION 0x222088
#define IOCTL_REMOVE_MISSING 0x22208C
/* A string object. */
#define IOCTL_STRING 0x222090
/* What leads from the device to the driver, and from there to NT. */
#define IOCTL_NAMES 0x222094
/* The queue that requests are forwarded to is stopped, started and purged, and how often the driver was told that it has stopped. */
#define IOCTL_STOP_SECOND 0x222098
#define IOCTL_START_SECOND 0x22209C
#define IOCTL_PURGE_SECOND 0x2220A0
/* A request is forwarded to it. */
#define IOCTL_HAND_ON 0x2220A8
/* A callback waits until its own queue has stopped. */
#define IOCTL_STOP_SELF 0x2220A4
/* What the request says of itself, and what it is asked with a structure of another size. */
#define IOCTL_PARAMETERS 0x2220AC
#define IOCTL_WRONG_SIZE 0x2220B0
/* The name of the file, and how it was opened. */
#define IOCTL_FILE_NAME 0x2220B8
#define IOCTL_CREATE_PARAMETERS 0x2220BC
/* Where requests go is said too late. */
#define IOCTL_DISPATCH_LATE 0x2220C0
/* A DPC is cancelled that is not queued, while another is; a timer is stopped that its callback starts anew. */
#define IOCTL_CANCEL_DPC 0x2220C4
#define IOCTL_STOP_TIMER 0x2220C8
#define IOCTL_STOP_IN_TIMER 0x2220CC
/* It holds the wait lock for a while, and answers how many did so before. */
#define IOCTL_TICKET 0x2220D0
/* An object is referenced and dereferenced with different tags. */
#define IOCTL_TAGS 0x2220D4
/* Symbolic links, one after the other. */
#define IOCTL_LINKS 0x2220D8
/* The program's buffers by METHOD_NEITHER: they are locked, or touched; the last one asks for them too late. */
#define IOCTL_NEITHER 0x2220DF
#define IOCTL_TOUCH 0x2220E3
#define IOCTL_UNSAFE_LATE 0x2220E4
/* Keys of the registry, one that is closed after it was removed, and the name of the device. */
#define IOCTL_READ_DEVICE_KEY 0x2220E8
#define IOCTL_WRITE_MAP 0x2220EC
#define IOCTL_CLOSE_REMOVED 0x2220F0
#define IOCTL_PROPERTY 0x2220F4
/* A file is written and read, read again, not opened, and not closed; texts. */
#define IOCTL_DISK 0x2220F8
#define IOCTL_REOPENED 0x2220FC
#define IOCTL_REFUSED 0x222100
#define IOCTL_KEEP_OPEN 0x222104
#define IOCTL_TEXT 0x222108
/* What became of a descriptor that the driver wrote to. */
#define IOCTL_DESCRIPTOR 0x22210C
/* A request whose callbacks at its end are noted with their level is forwarded; one waits until it is cancelled, and asks whether it is. */
#define IOCTL_HAND_NOTED 0x222110
#define IOCTL_ASK_CANCELED 0x222114
/* Which releases of the framework there are; the driver stops itself. */
#define IOCTL_VERSION 0x222118
#define IOCTL_BREAK 0x22211C
/* By METHOD_OUT_DIRECT: as much is returned as there is room for, and nothing is written. */
#define IOCTL_UNWRITTEN 0x222122

#endif
