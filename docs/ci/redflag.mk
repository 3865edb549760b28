# For plain make: `include redflag.mk`. Builds with the wrapper compilers in place of $(CC) and $(CXX), and runs the
# target of $(REDFLAG_TARGET) under one verdict.
#   make redflag-check       fails for what the baseline does not hold
#   make redflag-baseline    accepts what is there
REDFLAG_TARGET ?= check
REDFLAG_BASELINE ?= redflag-baseline.json
REDFLAG_MAKE = $(MAKE) CC=redflag-cc CXX=redflag-c++ $(REDFLAG_TARGET)

.PHONY: redflag-check redflag-baseline
redflag-check:
	redflag run $(if $(wildcard $(REDFLAG_BASELINE)),--baseline $(REDFLAG_BASELINE)) --report redflag.html -- \
	  $(REDFLAG_MAKE)
redflag-baseline:
	redflag run --baseline $(REDFLAG_BASELINE) --update-baseline -- $(REDFLAG_MAKE)
