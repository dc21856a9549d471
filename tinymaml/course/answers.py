"""placeholder: replaced below"""
def passed(number): return {}
