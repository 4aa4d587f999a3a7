/* The control codes of the driver `classic`, each METHOD_BUFFERED. The tests read this file. */

#ifndef PROTOCOL_H
#define PROTOCOL_H

/* What the inlines of the headers say, as 64-bit numbers. */
#define IOCTL_INLINES 0x222000
/* What the loader and the framework have told. */
#define IOCTL_LOADED 0x222004
/* A function that writes behind its buffer returns. */
#define IOCTL_SMASH 0x222008
/* CR8 is written to go below the level of a spin lock that is held. */
#define IOCTL_LOWER_TOO_FAR 0x22200C
/* CR8 is written to go to a level that there is not. */
#define IOCTL_NO_LEVEL 0x222010
/* A pointer that leads into the middle of a function is called. */
#define IOCTL_WILD_CALL 0x222014
/* A routine that is not modelled is called. */
#define IOCTL_MISSING_ROUTINE 0x222018
/* A variable that is not modelled is read. */
#define IOCTL_MISSING_VARIABLE 0x22201C
/* A field of the processor's that no header reads is read. */
#define IOCTL_OTHER_OF_PROCESSOR 0x222020
/* The shared user data is written to. */
#define IOCTL_WRITE_SHARED 0x222024
/* What routines answer that most drivers call. */
#define IOCTL_ROUTINES 0x222028
/* A routine that was asked for by its name, and that is not modelled, is called. */
#define IOCTL_MISSING_BY_NAME 0x22202C
/* A wide string is formatted under a spin lock. */
#define IOCTL_WIDE_FORMAT_RAISED 0x222030

#endif
