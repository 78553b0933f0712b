"""Prefect: in which order the rooms work, in what chunks, when. No decisions and no SQL here.

What a task is given or returns lands in Prefect's database: the workspace's folder and row ids only, never personal data.
"""
