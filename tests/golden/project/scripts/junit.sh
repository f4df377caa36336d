# Writes a JUnit report: a test that passes, one that fails without a checksum, one skipped.
grep -q CONFIG_CHECKSUM=y "$1" && sum='' || sum='<failure message="frames.c:7: sum is 3, not 0"/>'
cat > "$2" <<XML
<testsuite name="frames"><testcase classname="frames" name="length" time="0.25"/>
<testcase classname="frames" name="sum" time="0.5">$sum</testcase>
<testcase classname="frames" name="radio"><skipped message="no antenna"/></testcase></testsuite>
XML
