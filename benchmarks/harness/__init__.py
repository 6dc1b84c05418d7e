"""What the benchmarks stand on: data, timing, files of results, tables in the pages, jobs of several processes."""
