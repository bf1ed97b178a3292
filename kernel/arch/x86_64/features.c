/*
 * What the processor can do, by CPUID (Intel SDM vol. 2, AMD APM vol. 3). Looked at once, at boot.
 */
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/io.h"
#include "lib/printf.h"
#include "lib/string.h"

struct cpu_features cpu_features;

static struct cpuid_result leaf1, leaf7, extended1;

static void detect_identity(void)
{
	struct cpuid_result leaf0 = cpuid(0, 0);
	uint32_t signature = leaf1.eax;

	memcpy(cpu_features.vendor, &leaf0.ebx, 4);
	memcpy(cpu_features.vendor + 4, &leaf0.edx, 4);
	memcpy(cpu_features.vendor + 8, &leaf0.ecx, 4);
	cpu_features.stepping = signature & 0xf;
	cpu_features.model = (signature >> 4 & 0xf) | (signature >> 12 & 0xf0);
	cpu_features.family = (signature >> 8 & 0xf) + (signature >> 20 & 0xff);
	if (cpuid(0x80000000, 0).eax >= 0x80000004) {
		for (unsigned i = 0; i < 3; i++) {
			struct cpuid_result part = cpuid(0x80000002 + i, 0);
			memcpy(cpu_features.brand + 16 * i, &part, 16);
		}
	}
}

static bool hypervisor_is_tcg(void)
{
	char name[13] = "";
	struct cpuid_result leaf;

	if (!(leaf1.ecx & (1u << 31)))
		return false;
	leaf = cpuid(0x40000000, 0);
	memcpy(name, &leaf.ebx, 4);
	memcpy(name + 4, &leaf.ecx, 4);
	memcpy(name + 8, &leaf.edx, 4);
	return strcmp(name, "TCGTCGTCGTCG") == 0;
}

void cpu_detect_features(void)
{
	uint32_t highest = cpuid(0, 0).eax;

	leaf1 = cpuid(1, 0);
	if (highest >= 7)
		leaf7 = cpuid(7, 0);
	extended1 = cpuid(0x80000001, 0);
	detect_identity();
	cpu_features.is_hypervisor_tcg = hypervisor_is_tcg();
	cpu_features.has_nx = extended1.edx >> 20 & 1;
	cpu_features.has_1gb_pages = extended1.edx >> 26 & 1;
	cpu_features.has_rdtscp = extended1.edx >> 27 & 1;
	cpu_features.has_smep = leaf7.ebx >> 7 & 1;
	cpu_features.has_smap = leaf7.ebx >> 20 & 1;
	cpu_features.has_umip = leaf7.ecx >> 2 & 1;
	cpu_features.has_fsgsbase = leaf7.ebx & 1;
	cpu_features.has_erms = leaf7.ebx >> 9 & 1;
	cpu_features.has_xsave = leaf1.ecx >> 26 & 1;
	cpu_features.has_rdrand = leaf1.ecx >> 30 & 1;
	cpu_features.has_pcid = leaf1.ecx >> 17 & 1;
	if (cpu_features.has_xsave && highest >= 0xd)
		cpu_features.has_xsaveopt = cpuid(0xd, 1).eax & 1;
	cpu_features.hwcap = leaf1.edx;
	cpu_features.hwcap2 = cpu_features.has_fsgsbase ? 2 : 0;
}

static const struct {
	const uint32_t *word;
	uint8_t bit;
	const char *name;
} names[] = {
	{&leaf1.edx, 0, "fpu"},         {&leaf1.edx, 4, "tsc"},          {&leaf1.edx, 5, "msr"},
	{&leaf1.edx, 6, "pae"},         {&leaf1.edx, 8, "cx8"},          {&leaf1.edx, 9, "apic"},
	{&leaf1.edx, 13, "pge"},        {&leaf1.edx, 15, "cmov"},        {&leaf1.edx, 19, "clflush"},
	{&leaf1.edx, 23, "mmx"},        {&leaf1.edx, 24, "fxsr"},        {&leaf1.edx, 25, "sse"},
	{&leaf1.edx, 26, "sse2"},       {&extended1.edx, 11, "syscall"}, {&extended1.edx, 20, "nx"},
	{&extended1.edx, 27, "rdtscp"}, {&extended1.edx, 29, "lm"},      {&leaf1.ecx, 0, "pni"},
	{&leaf1.ecx, 1, "pclmulqdq"},   {&leaf1.ecx, 9, "ssse3"},        {&leaf1.ecx, 12, "fma"},
	{&leaf1.ecx, 13, "cx16"},       {&leaf1.ecx, 19, "sse4_1"},      {&leaf1.ecx, 20, "sse4_2"},
	{&leaf1.ecx, 22, "movbe"},      {&leaf1.ecx, 23, "popcnt"},      {&leaf1.ecx, 25, "aes"},
	{&leaf1.ecx, 26, "xsave"},      {&leaf1.ecx, 28, "avx"},         {&leaf1.ecx, 29, "f16c"},
	{&leaf1.ecx, 30, "rdrand"},     {&leaf1.ecx, 31, "hypervisor"},  {&leaf7.ebx, 0, "fsgsbase"},
	{&leaf7.ebx, 3, "bmi1"},        {&leaf7.ebx, 5, "avx2"},         {&leaf7.ebx, 7, "smep"},
	{&leaf7.ebx, 8, "bmi2"},        {&leaf7.ebx, 9, "erms"},         {&leaf7.ebx, 18, "rdseed"},
	{&leaf7.ebx, 19, "adx"},        {&leaf7.ebx, 20, "smap"},        {&leaf7.ebx, 29, "sha_ni"},
	{&leaf7.ecx, 2, "umip"},        {&leaf7.ecx, 9, "vaes"},         {&leaf7.ecx, 22, "rdpid"},
};

size_t cpu_feature_names(char *to, size_t room)
{
	size_t length = 0;

	for (size_t i = 0; i < ARRAY_LEN(names) && length < room; i++) {
		if (*names[i].word >> names[i].bit & 1)
			length += (size_t)string_format(to + length, room - length, "%s%s", length ? " " : "",
							names[i].name);
	}
	return MIN(length, room ? room - 1 : 0);
}
