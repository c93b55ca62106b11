-- Takes one ticket out of the queue. ARGV: session. Returns 1 if it was there.
return dropsession(ARGV[1]) and 1 or 0
