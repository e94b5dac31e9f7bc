# Everything that make builds goes into .cache; images and hosts are in podman's store.
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

cache := $(CURDIR)/.cache
venv := $(cache)/venv
export PATH := $(venv)/bin:$(PATH)

# What git tracks, and what is in the built file: both where Ansible's tools look for collections.
tree := $(cache)/tree/ansible_collections/loghost/geowatch
shipped := $(cache)/shipped/ansible_collections/loghost/geowatch

step := tests/step
enter := tests/hosts/enter
# Has the pip that ansible-test would fetch from its own site, see tests/sanity/get_pip.py. Of other
# Pythons only the system's: ansible-test takes whatever is called python3.x, even if it cannot run.
ansible-test := env HOME=$(cache)/home PATH=$(venv)/bin:/usr/sbin:/usr/bin:/sbin:/bin ansible-test

.PHONY: help demo test lint units rules sanity versions molecule bench soak pictures docs install clean

help: ## Show this
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' Makefile | expand --tabs=12

demo: install ## Boot a VPN gateway and a log server, log in, and see the alerts
	@$(enter) python tests/demo.py

test: lint sanity units rules versions molecule ## Run all tests; stop at the first failure

lint: install ## Check style, names, types, licences, and what Galaxy wants
	@tests/lint

sanity: install ## Run ansible-test sanity over what is shipped
	@install -D --mode=0644 tests/sanity/get_pip.py $(cache)/home/.ansible/test/cache/get_pip_24_2.py
	@cd $(shipped) && $(CURDIR)/$(step) "ansible-test sanity" $(ansible-test) sanity --local

units: install ## Test plugins and programs by themselves
	@cd $(tree) && $(CURDIR)/$(step) "Units: plugins" $(ansible-test) units --local tests/unit/plugins/
	@cd $(tree) && $(CURDIR)/$(step) "Integration: plugins" $(ansible-test) integration --local
	@$(step) "Units: programs and roles" pytest --numprocesses=2 --dist=loadfile tests/unit --ignore=tests/unit/plugins

rules: install ## Test the rules: log lines in, verdicts and alerts out
	@$(step) "Rule cases" pytest tests/rules
	@$(step) "The bench, in small" pytest tests/bench

versions: install ## Test plugins, replay and deployment on the oldest and the newest ansible-core
	@$(step) "Versions of ansible-core" $(enter) tests/versions/run 2.19.1 2.21.5

molecule: install ## Test on real hosts
	@$(step) Molecule $(enter) tests/scenarios default faults oncall database sources openvpn

bench: install ## Measure speed, side by side with others, into tests/bench/results.md
	@tests/bench/run.py --results tests/bench/results.md

pictures: install ## Take the pictures of the README from a run of the demo; needs Debian's chromium
	@$(enter) python tests/pictures.py

soak: install ## Rotate logs at random moments for five minutes, and count the lines that were read
	@tests/soak/soak.py

docs: install ## Make the pages that are made of data
	@ansible-playbook tests/docs.yml
	@python tests/role_readmes.py

install: $(venv)/ready ## Build the collection and install the built file in .cache
	@tests/install $(tree) $(shipped) $(cache)/collections

$(venv)/ready: tests/requirements.txt
	@tests/hosts/packages
	@echo "Installing the tools of tests/requirements.txt"
	@rm -rf $(venv)
	@/usr/bin/python3 -m venv $(venv)
	@$(venv)/bin/pip install --quiet --quiet --requirement tests/requirements.txt
	@touch $@

clean: ## Remove the test hosts, their images and .cache
	@tests/hosts/remove
	@rm -rf $(cache)
