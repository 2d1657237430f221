"""`mm8.py ARRIVALS`: M/M/8 in SimPy, as its documentation writes a station: a process for each customer."""

import random
import sys

import simpy

SERVERS, SERVICE = 8, 0.1
GAP = SERVICE / (0.8 * SERVERS)


def customer(env, station, luck, responses):
    came = env.now
    with station.request() as place:
        yield place
        yield env.timeout(luck.expovariate(1 / SERVICE))
    responses[0] += 1
    responses[1] += env.now - came


def arrivals(env, station, count, responses):
    gaps, services = random.Random(1), random.Random(2)
    for _ in range(count):
        yield env.timeout(gaps.expovariate(1 / GAP))
        env.process(customer(env, station, services, responses))


responses = [0, 0.0]
env = simpy.Environment()
env.process(arrivals(env, simpy.Resource(env, capacity=SERVERS), int(sys.argv[1]), responses))
env.run()
print(f"{responses[0]} served, mean response {responses[1] / responses[0] * 1e3:.3f} ms")
