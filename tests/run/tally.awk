# Judges the framed output of tests/guest/driver.c: prints what failed, then the counts into the file `counts`.

function failure(text) {
	failed++
	print text
	for (i = 1; i <= remarks; i++)
		print "    " remark[i]
	remarks = 0
}

function finish(how) {
	if (how == "exit 0" && checks == 0)
		failure("not ok - " test ": it made no check")
	else if (how == "exit 1" && !bad)
		failure("not ok - " test ": it says that a check failed, but none was seen")
	else if (how != "exit 0" && how != "exit 1")
		failure("not ok - " test ": it ended by " how)
	test = ""
}

/^# begin / {
	if (test != "")
		finish("the end of the machine")
	test = $3
	checks = bad = remarks = 0
	next
}
/^# end / {
	finish(substr($0, length("# end " $3 " ") + 1))
	next
}
/^ok - .* # skip/ {
	skipped++
	checks++
	if (show_skips)
		print
	next
}
/^ok - / {
	passed++
	checks++
	remarks = 0
	next
}
/^not ok - / {
	checks++
	bad = 1
	failure($0)
	next
}
/^# machine / {
	machine = $0
	if (test == "")
		failure($0)
	else {
		remark[++remarks] = $0
	}
	next
}
{
	if (remarks == 12) {
		for (i = 1; i < 12; i++)
			remark[i] = remark[i + 1]
		remarks = 11
	}
	remark[++remarks] = substr($0, 1, 300)
}
END {
	if (test != "")
		finish("the end of the machine")
	printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped > counts
}
