#pragma once

// Debian's libxml2 is built with ICU, and encoding.h then includes its headers. Foundation has an ICU of its own, and the
// compiler refuses to see both in one program. Only a field that nobody here touches goes with it, the last of its struct.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED

// parserInternals.h, beside parser.h, because xmlCreateMemoryParserCtxt and xmlParserMaxDepth are declared there.
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
