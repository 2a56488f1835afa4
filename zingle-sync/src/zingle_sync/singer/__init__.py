"""What our taps and targets share on top of the Singer SDK.

Import the module that you need: a tap does not pay for what a target needs.
"""
