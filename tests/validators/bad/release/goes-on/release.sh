#!/usr/bin/env bash
systemctl start api-migrate.service
systemctl restart api.service
