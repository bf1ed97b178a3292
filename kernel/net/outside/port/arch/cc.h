/*
 * What lwIP wants to know of the compiler and of the kernel around it.
 */
#ifndef NAMU_LWIP_CC_H
#define NAMU_LWIP_CC_H

#include "choice/choice.h"
#include "lib/log.h"

#define LWIP_NO_INTTYPES_H 1
#define LWIP_NO_LIMITS_H   0
#define LWIP_NO_UNISTD_H   1
#define LWIP_NO_CTYPE_H    1

#define X8_F  "02x"
#define U16_F "u"
#define S16_F "d"
#define X16_F "x"
#define U32_F "u"
#define S32_F "d"
#define X32_F "x"
#define SZT_F "lu"

#define SSIZE_MAX INT64_MAX

#define LWIP_RAND()                   ((u32_t)choice_random_u64(STREAM_RANDOM))
#define LWIP_PLATFORM_DIAG(arguments) ((void)0)
#define LWIP_PLATFORM_ASSERT(text)    panic("the network stack: %s", text)

#endif
